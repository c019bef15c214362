import { SECOND } from '../../units.ts'

/** How long a search may take in all. */
export const DEADLINE_MS = 4 * SECOND
/** What a pattern may use of the threads however little it gets through, and what it has to get through beyond. */
const FREE_MS = 300
const CHARACTERS_A_MS = 2000
/** How long a pattern that gets through less than half of that is waited for, where many use the threads. */
export const PATIENCE_MS = 800
/** What compiling on one more thread and its first slice may use without telling anything of a pattern. */
const UNTOLD_MS = 25

/** Why a search ends before its last file: the pattern is slow, or there is too much to search. */
export type Ended = 'slow' | 'late'

/** What a search has used, and whether it may use more. */
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

  /** The pattern was compiled, which tells nothing of how it gets through texts. */
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

  /** Whether it gets through so little that others should not wait for it. */
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
