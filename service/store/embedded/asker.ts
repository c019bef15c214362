import type { MessagePort, Transferable, Worker } from 'node:worker_threads'
import { unlessAborted } from '../../deadline.ts'
import { Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { SECOND } from '../../units.ts'
import { stateFault } from '../state-faults.ts'
import type { Answer, Request } from './database-thread.ts'
import type { PackedRows } from './packed-rows.ts'

/** How long requests that answer people wait for their turn. Jobs wait as long as necessary. */
const TURN_MS = 4 * SECOND

/** Priority of the requests to a thread. */
type Patience = 'answers people' | 'waits'

/** Sends requests to the thread of an embedded database, which answers them in order. */
export class Asker {
  readonly #port: Worker | MessagePort
  readonly #log: Log
  readonly #patience: Patience
  readonly #asked: PromiseWithResolvers<Answer>[] = []
  readonly #end = Promise.withResolvers<Fault>()
  #sent = 0
  #heardAt = 0
  #ended: Fault | undefined

  constructor(port: Worker | MessagePort, log: Log, patience: Patience = 'answers people') {
    this.#port = port
    this.#log = log
    this.#patience = patience
    port.on('message', (answer: Answer) => this.#hear(answer))
    port.on('messageerror', (cause) => this.die(cause))
    port.unref()
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined
  }

  /** Resolves when the thread has ended by itself. */
  get ended(): Promise<Fault> {
    return this.#end.promise
  }

  /** How long the thread has not responded to a pending request. */
  get silentMs(): number {
    return this.#asked.length === 0 ? 0 : performance.now() - this.#heardAt
  }

  /**
   * Sends a request before it returns. When the signal aborts, a request that has not begun is dropped.
   * @throws Fault `database_unavailable` if the thread has ended, `overloaded` if the request's turn does not come, or
   * a fault of the database's state; otherwise the SQL error
   */
  async ask(request: Request, transfer: Transferable[] = [], signal?: AbortSignal): Promise<PackedRows> {
    if (this.#ended !== undefined) throw this.#ended
    signal?.throwIfAborted()
    this.#port.postMessage(request, transfer)
    const number = this.#sent++
    const asked = Promise.withResolvers<Answer>()
    this.#asked.push(asked)
    // Only a pending request keeps the process alive.
    if (this.#asked.length === 1) {
      this.#port.ref()
      this.#heardAt = performance.now()
    }
    const answer = await this.#inTurn(asked.promise, number, signal)
    if (!('error' in answer)) return answer
    const { message, ...fields } = answer.error
    const error = Object.assign(new Error(message), fields)
    throw stateFault(error, 'The embedded database') ?? error
  }

  async #inTurn(answer: Promise<Answer>, number: number, signal: AbortSignal | undefined): Promise<Answer> {
    if (signal === undefined) return answer
    const impatient = new AbortController()
    const timer = this.#patience === 'waits' ? undefined : setTimeout(() => impatient.abort(busyFault()), TURN_MS)
    const either = AbortSignal.any([signal, impatient.signal])
    try {
      return await unlessAborted(answer, either)
    } finally {
      clearTimeout(timer)
      if (either.aborted && this.#ended === undefined) this.#port.postMessage({ drop: number } satisfies Request)
    }
  }

  /** Sends no more requests. */
  end(): void {
    this.#ended ??= new Fault('database_unavailable', 'The embedded database is closed', 'Start the service again')
  }

  /** Fails all pending requests, because the thread has ended. */
  die(cause: Error): void {
    if (this.#ended !== undefined) return
    this.#log.error({ error: cause }, 'The thread of the embedded database has ended')
    const fault = new Fault(
      'database_unavailable',
      `The embedded database has stopped: ${cause.message}`,
      'Wait a moment: the service reopens it, and committed data is kept; the log has the cause',
      { cause },
    )
    this.#ended = fault
    this.#end.resolve(fault)
    for (const { reject } of this.#asked.splice(0)) reject(fault)
  }

  #hear(answer: Answer): void {
    const asked = this.#asked.shift()
    this.#heardAt = performance.now()
    if (this.#asked.length === 0) this.#port.unref()
    asked?.resolve(answer)
  }
}

function busyFault(): Fault {
  return new Fault(
    'overloaded',
    'The embedded database is busy with other work',
    'Try again in a second; if this persists, use a Postgres: set DATABASE_URL',
  )
}
