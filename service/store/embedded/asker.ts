import type { MessagePort, Transferable, Worker } from 'node:worker_threads'
import { unlessAborted } from '../../deadline.ts'
import { Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { SECOND } from '../../units.ts'
import { stateFault } from '../state-faults.ts'
import type { Answer, Request } from './database-thread.ts'
import type { PackedRows } from './packed-rows.ts'

/** How long whoever answers people waits for its turn; jobs wait as long as it takes. */
const TURN_MS = 4 * SECOND

/** For whom a thread is asked. */
type Patience = 'answers people' | 'waits'

/** Asks the thread in which an embedded database runs; it answers in the order in which it is asked. */
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

  /** Fulfilled when the thread has gone by itself. */
  get ended(): Promise<Fault> {
    return this.#end.promise
  }

  /** How long the thread has said nothing although it was asked. */
  get silentMs(): number {
    return this.#asked.length === 0 ? 0 : performance.now() - this.#heardAt
  }

  /**
   * Has sent the request when it returns. Once the signal aborts, what is not begun is dropped.
   * @throws Fault `database_unavailable` where the thread has ended, `overloaded` where the turn does not come, and those of
   * the database's state; else the error of SQL
   */
  async ask(request: Request, transfer: Transferable[] = [], signal?: AbortSignal): Promise<PackedRows> {
    if (this.#ended !== undefined) throw this.#ended
    signal?.throwIfAborted()
    this.#port.postMessage(request, transfer)
    const number = this.#sent++
    const asked = Promise.withResolvers<Answer>()
    this.#asked.push(asked)
    // Only who waits for an answer keeps the process alive.
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

  /** Asks nothing any more. */
  end(): void {
    this.#ended ??= new Fault('database_unavailable', 'The embedded database is closed', 'Start the service again')
  }

  /** The thread has gone: what was asked is not answered. */
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
