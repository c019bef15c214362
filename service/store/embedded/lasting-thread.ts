import { setTimeout as delay } from 'node:timers/promises'
import type { MessagePort } from 'node:worker_threads'
import type { Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { SECOND } from '../../units.ts'
import { stateFault } from '../state-faults.ts'
import type { Asker } from './asker.ts'
import { isFull, refuseUnwritable } from './free-space.ts'
import type { Thread } from './thread.ts'

const FIRST_WAIT_MS = SECOND / 2
const LONGEST_WAIT_MS = 5 * SECOND
const WATCH_MS = 2.5 * SECOND
/** A database that does not respond for this long while its disk is full waits forever. */
const HUNG_MS = 10 * SECOND

/** The thread of an embedded database, reopened whenever it ends by itself. Committed changes are kept. */
export class LastingThread {
  readonly #folder: string
  readonly #open: () => Promise<Thread>
  readonly #log: Log
  readonly #closing = new AbortController()
  #thread: Thread
  #down: Fault | undefined
  #reviving: Promise<void> | undefined

  constructor(folder: string, first: Thread, open: () => Promise<Thread>, log: Log) {
    this.#folder = folder
    this.#open = open
    this.#log = log
    this.#thread = first
    this.#keep(first)
    const watch = setInterval(() => this.#watch(), WATCH_MS).unref()
    this.#closing.signal.addEventListener('abort', () => clearInterval(watch))
  }

  /** Returns the current thread. @throws Fault why there is none */
  current(): Asker {
    if (this.#down !== undefined) throw this.#down
    return this.#thread
  }

  share(): MessagePort {
    return this.#thread.share()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#reviving
    await this.#thread.close()
  }

  #keep(thread: Thread): void {
    this.#thread = thread
    this.#down = undefined
    void thread.ended.then((fault) => {
      if (this.#closing.signal.aborted) return
      this.#down = fault
      this.#reviving = this.#revive()
    })
  }

  async #revive(): Promise<void> {
    const { signal } = this.#closing
    for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      await delay(waitMs, undefined, { ref: false, signal }).catch(() => {})
      if (signal.aborted) return
      try {
        refuseUnwritable(this.#folder)
        this.#keep(await this.#open())
        this.#log.info({}, 'Opened the embedded database again')
        return
      } catch (error) {
        this.#log.warn({ error }, 'The embedded database could not be opened again')
        this.#down = stateFault(error as Error, 'The embedded database') ?? this.#down
      }
    }
  }

  #watch(): void {
    if (this.#down !== undefined) return
    const { silentMs } = this.#thread
    if (silentMs === 0) this.#thread.ask({ check: true }).catch(() => {})
    else if (silentMs > HUNG_MS && isFull(this.#folder)) this.#thread.kill(new Error('its disk is full'))
  }
}
