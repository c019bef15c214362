import { eachToken, termsOf } from '../lexical/terms.ts'
import type { WeighedWord } from './ranking.ts'

const SNIPPET_LINES = 12

/** Lines of a file, counted from 1, both inside. */
export interface LineRange {
  readonly startLine: number
  readonly endLine: number
}

/** The dozen lines within the range that say most about the words; all of them where there are no more. */
export function bestLines(lines: readonly string[], range: LineRange, words: readonly WeighedWord[]): LineRange {
  const { startLine, endLine } = range
  if (endLine - startLine < SNIPPET_LINES) return range
  const shares = new Map(words.map(({ stem, share }) => [stem, share]))
  const held = lines.slice(startLine - 1, endLine).map((line) => wordsIn(line, shares))
  let best = { start: 0, value: -1 }
  for (let start = 0; start + SNIPPET_LINES <= held.length; start++) {
    const value = valueOfLines(held.slice(start, start + SNIPPET_LINES), shares)
    if (value > best.value) best = { start, value }
  }
  return { startLine: startLine + best.start, endLine: startLine + best.start + SNIPPET_LINES - 1 }
}

const LONGEST_LINE = 400
const BEFORE_WORD = 80

/** The line, or, where it is longer than a screen is wide several times, what is around the first of the words. */
export function withinScreen(line: string, words: readonly WeighedWord[]): string {
  if (line.length <= LONGEST_LINE) return line
  const wanted = new Set(words.map(({ stem }) => stem))
  let at = -1
  let next = 0
  eachToken(line, (token) => {
    const found = line.indexOf(token, next)
    next = found + token.length
    if (at < 0 && termsOf(token).some((term) => wanted.has(term))) at = found
  })
  const start = Math.min(Math.max(0, at - BEFORE_WORD), line.length - LONGEST_LINE)
  const end = start + LONGEST_LINE
  return `${start > 0 ? '…' : ''}${line.slice(start, end)}${end < line.length ? '…' : ''}`
}

function wordsIn(line: string, shares: ReadonlyMap<string, number>): Set<string> {
  const found = new Set<string>()
  eachToken(line, (token) => {
    for (const term of termsOf(token)) if (shares.has(term)) found.add(term)
  })
  return found
}

/** Each word counts fully once, and a little for every line that repeats it. */
function valueOfLines(held: readonly ReadonlySet<string>[], shares: ReadonlyMap<string, number>): number {
  let value = 0
  const seen = new Set<string>()
  for (const line of held) {
    for (const word of line) {
      value += (shares.get(word) ?? 0) * (seen.has(word) ? 0.1 : 1)
      seen.add(word)
    }
  }
  return value
}
