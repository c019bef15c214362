import type { LineMatcher } from './line-matcher.ts'

/** A matching line, counted from 1, with its context. */
export interface MatchedLine {
  readonly line: number
  /** Several lines if the match spans them. */
  readonly text: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** The start of a line in a text. */
export interface Place {
  readonly at: number
  /** Counted from 1. */
  readonly line: number
}

export const TOP: Place = { at: 0, line: 1 }

export interface ScanLimits {
  /** Lines to show before and after each match. */
  readonly context: number
  /** Maximum number of matching lines. */
  readonly limit: number
}

/** Steps between two checks of the clock, about ten milliseconds at most. */
const STEPS_AT_ONCE = 2 ** 19
/** Minimum number of characters that a match may extend beyond the run of lines in which it begins. */
const LEAST_REACH = 4096
/** Maximum number of lines to show of a match. */
const MOST_LINES = 20
const LONGEST_LINE = 400
const BEFORE_MATCH = 100

/**
 * Searches a text in runs of whole lines. A run takes some milliseconds, so that the caller of `next` can check the
 * clock between runs.
 */
export class TextScan {
  readonly matches: MatchedLine[] = []
  readonly #text: string
  readonly #matcher: LineMatcher
  readonly #limits: ScanLimits
  #at: number
  #line: number

  constructor(text: string, matcher: LineMatcher, limits: ScanLimits, { at, line }: Place = TOP) {
    this.#text = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
    this.#matcher = matcher
    this.#limits = limits
    this.#at = at
    this.#line = line
  }

  /** Whether the text or the limit of matches is exhausted. */
  get isDone(): boolean {
    return this.#at >= this.#text.length || this.matches.length >= this.#limits.limit
  }

  /** The place reached so far. */
  get place(): Place {
    return { at: this.#at, line: this.#line }
  }

  /** Searches the next run of lines, and returns its number of characters. */
  next(): number {
    const start = this.#at
    const end = this.#endOfRun(start)
    const run = this.#text.slice(start, end)
    if (this.#matcher.spans !== undefined) {
      this.#searchSpans(start, end, this.#matcher.spans)
      return this.#at - start
    }
    if (this.#matcher.mayMatch(run)) this.#searchLines(start, end)
    else this.#line += countOf(run, '\n')
    this.#at = end
    return end - start
  }

  #endOfRun(start: number): number {
    const last = start + Math.max(1, Math.floor(STEPS_AT_ONCE / this.#matcher.steps))
    if (last >= this.#text.length) return this.#text.length
    const before = this.#text.lastIndexOf('\n', last - 1)
    const newline = before >= start ? before : this.#text.indexOf('\n', last)
    return newline < 0 ? this.#text.length : newline + 1
  }

  #searchLines(start: number, end: number): void {
    for (let at = start; at < end; this.#line++) {
      const stop = this.#lineEnd(at)
      const line = this.#text.slice(at, stop)
      const found = this.matches.length < this.#limits.limit ? this.#matcher.find(line) : -1
      if (found >= 0) this.matches.push(this.#matched(line, found, at, stop))
      at = stop + 1
    }
  }

  /** Finds the matches that begin in the run, which may extend as far again. Composition does not move line breaks. */
  #searchSpans(start: number, end: number, spans: NonNullable<LineMatcher['spans']>): void {
    const reach = Math.max(LEAST_REACH, end - start)
    const beyond = end >= this.#text.length ? -1 : this.#text.indexOf('\n', Math.min(this.#text.length, end + reach))
    const stop = beyond < 0 ? this.#text.length : beyond + 1
    const text = this.#matcher.seen(this.#text.slice(start, stop))
    const last = this.#line + countOf(this.#text.slice(start, end), '\n') + (end < this.#text.length ? 0 : 1)
    let from = 0
    let isLeft = text.includes(this.#matcher.literal)
    while (isLeft && this.matches.length < this.#limits.limit) {
      const span = spans({ text, from, isTop: start === 0, isEnd: stop === this.#text.length })
      const before = span === undefined ? 0 : countOf(text.slice(from, span.start), '\n')
      if (span === undefined || this.#line + before >= last) break
      this.#passLines(before)
      const ending = Math.max(span.start, span.end - 1)
      const count = 1 + countOf(text.slice(span.start, ending), '\n')
      this.matches.push(this.#matchedLines(count))
      this.#passLines(count)
      const next = text.indexOf('\n', ending)
      from = next + 1
      isLeft = next >= 0 && from < text.length
    }
    if (this.#at < end) {
      this.#line += countOf(this.#text.slice(this.#at, end), '\n')
      this.#at = end
    }
  }

  #passLines(count: number): void {
    for (let passed = 0; passed < count; passed++) this.#at = this.#lineEnd(this.#at) + 1
    this.#line += count
  }

  /** Returns a match over this many lines. */
  #matchedLines(count: number): MatchedLine {
    const lines: string[] = []
    let stop = this.#at - 1
    for (let line = 0; line < count; line++) {
      const at = stop + 1
      stop = this.#lineEnd(at)
      if (line < MOST_LINES) lines.push(shown(this.#text.slice(at, stop)))
    }
    if (count > MOST_LINES) lines.push(`… and ${count - MOST_LINES} more lines`)
    return { ...this.#matched('', 0, this.#at, stop), text: lines.join('\n') }
  }

  #matched(line: string, found: number, at: number, stop: number): MatchedLine {
    const before: string[] = []
    for (let end = at - 1; end >= 0 && before.length < this.#limits.context; ) {
      const start = end === 0 ? 0 : this.#text.lastIndexOf('\n', end - 1) + 1
      before.unshift(shown(this.#text.slice(start, end)))
      end = start - 1
    }
    const after: string[] = []
    for (let start = stop + 1; start < this.#text.length && after.length < this.#limits.context; ) {
      const end = this.#lineEnd(start)
      after.push(shown(this.#text.slice(start, end)))
      start = end + 1
    }
    return { line: this.#line, text: shown(line, found), before, after }
  }

  #lineEnd(at: number): number {
    const newline = this.#text.indexOf('\n', at)
    return newline < 0 ? this.#text.length : newline
  }
}

/** Returns the line, or the part around `at` of a very long one. */
function shown(line: string, at = 0): string {
  if (line.length <= LONGEST_LINE) return line
  const start = Math.min(Math.max(0, at - BEFORE_MATCH), line.length - LONGEST_LINE)
  const end = start + LONGEST_LINE
  return `${start > 0 ? '…' : ''}${line.slice(start, end)}${end < line.length ? '…' : ''}`
}

function countOf(text: string, character: string): number {
  let count = 0
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++
  return count
}
