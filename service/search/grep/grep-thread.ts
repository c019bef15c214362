import { zstdDecompressSync } from 'node:zlib'
import { doTasks } from '../../threads/script.ts'
import { compileLineMatcher, type LineMatcher } from './line-matcher.ts'
import { gramsOfPattern, type PatternGrams } from './pattern/gram-query.ts'
import { type MatchedLine, type Place, type ScanLimits, TextScan, TOP } from './text-scan.ts'

/** Texts to search, or none to only compile the pattern. */
export interface GrepTask extends ScanLimits {
  readonly pattern: string
  readonly ignoreCase: boolean
  /** Compressed with zstd. */
  readonly texts: readonly Uint8Array[]
  /** Start of the search in the first text. */
  readonly from: Place
  /** Time limit, checked between lines. */
  readonly sliceMs: number
}

export interface GrepSlice {
  /** Matches in each text that was searched. */
  readonly found: readonly (readonly MatchedLine[])[]
  /** Where the search stopped: the number of completed texts, and the place in the next one. */
  readonly left?: { readonly done: number; readonly place: Place }
  readonly characters: number
  /** What the index can tell about the pattern, if there were no texts. */
  readonly grams?: PatternGrams
  /** Processor time. */
  readonly usedMs: number
}

const REMEMBERED = 4
const MICROSECONDS_A_MS = 1000
const matchers = new Map<string, LineMatcher>()

function matcherOf({ pattern, ignoreCase }: GrepTask): LineMatcher {
  const key = `${ignoreCase}:${pattern}`
  const matcher = matchers.get(key) ?? compileLineMatcher(pattern, ignoreCase)
  matchers.delete(key)
  matchers.set(key, matcher)
  const [oldest] = matchers.keys()
  if (matchers.size > REMEMBERED && oldest !== undefined) matchers.delete(oldest)
  return matcher
}

/** Searches texts until their end, the limit of matches or the time limit. */
class Slice {
  readonly #task: GrepTask
  readonly #matcher: LineMatcher
  readonly #literal: Buffer
  readonly #startedAt = performance.now()
  readonly #before = process.threadCpuUsage()
  readonly #found: MatchedLine[][] = []
  #room: number
  #characters = 0

  constructor(task: GrepTask) {
    this.#task = task
    this.#room = task.limit
    this.#matcher = matcherOf(task)
    this.#literal = Buffer.from(this.#matcher.literal)
  }

  search(): GrepSlice {
    const { texts, from, pattern, ignoreCase } = this.#task
    if (texts.length === 0) return { ...this.#left(), grams: gramsOfPattern(pattern, ignoreCase) }
    for (const [at, zstd] of texts.entries()) {
      const place = this.#searchText(zstd, at === 0 ? from : TOP)
      if (place !== undefined) return this.#left({ done: at, place })
      if (at + 1 < texts.length && (this.#room <= 0 || this.#isOver)) return this.#left({ done: at + 1, place: TOP })
    }
    return this.#left()
  }

  /** Returns where it stopped, or undefined at the text's end or the limit of matches. */
  #searchText(zstd: Uint8Array, from: Place): Place | undefined {
    const bytes = zstdDecompressSync(zstd)
    if (!bytes.includes(this.#literal)) {
      this.#found.push([])
      this.#characters += bytes.length
      return undefined
    }
    const scan = new TextScan(bytes.toString(), this.#matcher, { ...this.#task, limit: this.#room }, from)
    this.#found.push(scan.matches)
    while (!scan.isDone) {
      this.#characters += scan.next()
      if (!scan.isDone && this.#isOver) return scan.place
    }
    this.#room -= scan.matches.length
    return undefined
  }

  get #isOver(): boolean {
    return performance.now() - this.#startedAt > this.#task.sliceMs
  }

  #left(left?: GrepSlice['left']): GrepSlice {
    const { user, system } = process.threadCpuUsage(this.#before)
    return {
      found: this.#found,
      ...(left && { left }),
      characters: this.#characters,
      usedMs: (user + system) / MICROSECONDS_A_MS,
    }
  }
}

doTasks((task: GrepTask) => ({ answer: new Slice(task).search() }))
