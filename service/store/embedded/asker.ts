import type { MessagePort, Transferable, Worker } from 'node:worker_threads'
import { Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Answer, Request } from './database-thread.ts'
import type { PackedRows } from './packed-rows.ts'

/** Asks the thread in which an embedded database runs; it answers in the order in which it is asked. */
export class Asker {
  readonly #port: Worker | MessagePort
  readonly #log: Log
  readonly #asked: PromiseWithResolvers<Answer>[] = []
  #ended: Fault | undefined

  constructor(port: Worker | MessagePort, log: Log) {
    this.#port = port
    this.#log = log
    port.on('message', (answer: Answer) => this.#hear(answer))
    port.on('messageerror', (cause) => this.die(cause))
    port.unref()
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined
  }

  /** Has sent the request when it returns. @throws Fault `database_unavailable` where the thread has ended, else the error of SQL */
  async ask(request: Request, transfer: Transferable[] = []): Promise<PackedRows> {
    if (this.#ended !== undefined) throw this.#ended
    this.#port.postMessage(request, transfer)
    const asked = Promise.withResolvers<Answer>()
    this.#asked.push(asked)
    // Only who waits for an answer keeps the process alive.
    if (this.#asked.length === 1) this.#port.ref()
    const answer = await asked.promise
    if (!('error' in answer)) return answer
    const { message, ...fields } = answer.error
    throw Object.assign(new Error(message), fields)
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
      'Start the service again: what was committed is kept; the log has the cause',
      { cause },
    )
    this.#ended = fault
    for (const { reject } of this.#asked.splice(0)) reject(fault)
  }

  #hear(answer: Answer): void {
    const asked = this.#asked.shift()
    if (this.#asked.length === 0) this.#port.unref()
    asked?.resolve(answer)
  }
}
