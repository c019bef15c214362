import { SECOND } from '../../units.ts'

/** Time limit of a search. */
export const DEADLINE_MS = 4 * SECOND
/** Processor time that every pattern may use, and the throughput that it needs beyond. */
const FREE_MS = 300
const CHARACTERS_A_MS = 2000
/** How long to wait for a pattern with less than half of that throughput while many use the threads. */
export const PATIENCE_MS = 800
/** Processor time for compiling on another thread and its first slice, which says nothing about a pattern's speed. */
const UNTOLD_MS = 25

/** Why a search ended before its last file: a slow pattern, or too much to search. */
export type Ended = 'slow' | 'late'

/** Tracks what a search has used, and whether it may use more. */
export class Budget {
  readonly #startedAt: number
  readonly #now: () => number
  #compiledMs = 0
  #matchedMs = 0
  #characters = 0
  #ended: Ended | undefined

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#startedAt = now()
  }

  get usedMs(): number {
    return this.#compiledMs + this.#matchedMs
  }

  /** Records the time for compiling, which says nothing about the pattern's speed. */
  compiled(ms: number): void {
    this.#compiledMs += ms
  }

  use(ms: number, characters: number): void {
    this.#matchedMs += ms
    this.#characters += characters
  }

  end(why: Ended): void {
    this.#ended ??= why
  }

  get ended(): Ended | undefined {
    this.#ended ??= this.#judged()
    return this.#ended
  }

  /** Whether the throughput is so low that others should not wait for it. */
  get isSlow(): boolean {
    return this.#overMs > Math.max(UNTOLD_MS, this.#matchedMs / 2)
  }

  get #overMs(): number {
    return this.#matchedMs - this.#characters / CHARACTERS_A_MS
  }

  #judged(): Ended | undefined {
    const tookMs = this.#now() - this.#startedAt
    if (this.#compiledMs + this.#overMs > FREE_MS || (tookMs > PATIENCE_MS && this.isSlow)) return 'slow'
    return tookMs > DEADLINE_MS ? 'late' : undefined
  }
}
