import type { Log } from '../log.ts'
import { SECOND } from '../units.ts'

// Share of the time for requests. The rest is for what closes after them.
const SOFT_SHARE = 0.7

type Close = (signal: AbortSignal) => Promise<unknown>

/** Closes everything that was opened, in reverse order. */
export class Closers {
  readonly #log: Log
  readonly #stack: { readonly name: string; readonly close: Close }[] = []
  readonly #told: (() => void)[] = []
  #end: AbortController | undefined
  #underWay: Promise<void> | undefined

  constructor(log: Log) {
    this.#log = log
  }

  /** The signal passed to `close` aborts when its time is up. */
  push(name: string, close: Close): void {
    this.#stack.push({ name, close })
    if (this.#end !== undefined) void this.#closeAll(this.#end.signal)
  }

  /** Calls `tell` when closing begins, before anything is closed. */
  onClosing(tell: () => void): void {
    this.#told.push(tell)
  }

  /** Closes everything. When the time is up, reports what hangs and ends the process with exit code 1. */
  async close(timeoutMs: number): Promise<void> {
    const end = new AbortController()
    this.#end = end
    const soft = setTimeout(() => end.abort(), timeoutMs * SOFT_SHARE)
    const hard = setTimeout(() => this.#giveUp(timeoutMs), timeoutMs)
    hard.unref()
    for (const tell of this.#told) tell()
    await this.#closeAll(end.signal)
    clearTimeout(soft)
    clearTimeout(hard)
  }

  /** Whoever asks waits for the same loop, so that nothing is closed twice. */
  #closeAll(signal: AbortSignal): Promise<void> {
    this.#underWay ??= this.#closeInTurn(signal).finally(() => {
      this.#underWay = undefined
    })
    return this.#underWay
  }

  async #closeInTurn(signal: AbortSignal): Promise<void> {
    for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) {
      const { name, close } = top
      await close(signal).catch((error) => this.#log.error({ error, part: name }, 'could not be closed'))
      this.#stack.splice(this.#stack.indexOf(top), 1)
    }
  }

  #giveUp(timeoutMs: number): void {
    const hanging = this.#stack.map(({ name }) => name)
    this.#log.error({ hanging, seconds: timeoutMs / SECOND }, 'did not close in time')
    process.exit(1)
  }
}

/** Runs `work`, and closes what it opened even if it throws. */
export async function closeAfter<Result>(
  log: Log,
  timeoutMs: number,
  work: (closers: Closers) => Promise<Result>,
): Promise<Result> {
  const closers = new Closers(log)
  try {
    return await work(closers)
  } finally {
    await closers.close(timeoutMs)
  }
}
