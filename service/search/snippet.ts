import { composed, folded } from '../lexical/scripts.ts'
import { analysed, MAX_TOKEN_LENGTH } from '../lexical/terms.ts'
import { type DefinedName, PART_KINDS } from '../store/chunks.ts'
import type { WeighedWord } from './ranking.ts'

/** A range of lines in a file, counted from 1, both inclusive. */
export interface LineRange {
  readonly startLine: number
  readonly endLine: number
}

/** Which of the words each line of a range contains. */
export interface HeldWords {
  readonly lines: readonly ReadonlySet<string>[]
  readonly range: LineRange
  readonly shares: ReadonlyMap<string, number>
}

/** `lines` are the lines of the range. */
export function heldWords(lines: readonly string[], range: LineRange, words: readonly WeighedWord[]): HeldWords {
  const shares = new Map(words.map(({ stem, share }) => [stem, share]))
  return { lines: lines.map((line) => wordsIn(line, shares)), range, shares }
}

/** Returns the lines of the range that say most about the words, or all if there are no more than `most`. */
export function bestLines({ lines, range, shares }: HeldWords, most: number): LineRange {
  if (lines.length <= most) return range
  let best = { start: 0, value: -1 }
  for (let start = 0; start + most <= lines.length; start++) {
    const value = valueOfLines(lines.slice(start, start + most), shares)
    if (value > best.value) best = { start, value }
  }
  const startLine = range.startLine + best.start
  return { startLine, endLine: startLine + most - 1 }
}

/** Weight of a definition's name relative to its lines. */
const NAME_COUNTS = 2

interface Asked {
  readonly words: readonly WeighedWord[]
  /** Whether the words are a name that one of the definitions has. */
  readonly isName: boolean
}

/**
 * Returns the definition that most of the words are about, counting words in its name and in its lines, which end at
 * the next definition. If the words are a name, it is one with all of them in its qualified name. Of equally good ones,
 * returns the one with the symbol, or else the first.
 */
export function definitionHit(
  definitions: readonly DefinedName[],
  symbol: string | undefined,
  { words, isName }: Asked,
  held?: HeldWords,
): DefinedName | undefined {
  if (definitions.length < 2) return definitions[0]
  const shares = held?.shares ?? new Map(words.map(({ stem, share }) => [stem, share]))
  const named = isName ? definitions.filter((each) => wordsIn(each.symbol, shares).size === shares.size) : []
  const possible = named.length > 0 ? named : definitions
  const values = possible.map((definition) => {
    const name = valueOfLines([wordsIn(lastName(definition.symbol), shares)], shares)
    return NAME_COUNTS * name + valueOfLines(linesOf(definition, definitions, held), shares)
  })
  const best = Math.max(...values)
  const hits = possible.filter((_, at) => values[at] === best)
  return hits.find((each) => each.symbol === symbol) ?? hits[0]
}

/**
 * Returns the words of a definition's lines. Those of the first one begin where the range does. What follows a part
 * belongs to what encloses it.
 */
function linesOf(
  definition: DefinedName,
  definitions: readonly DefinedName[],
  held: HeldWords | undefined,
): readonly ReadonlySet<string>[] {
  const { line, kind = '', endLine = line } = definition
  const isPart = PART_KINDS.has(kind)
  const following = definitions.filter((each) => each.line > line && !PART_KINDS.has(each.kind ?? ''))
  const first = definition === definitions[0] && !isPart ? 1 : line
  const last = isPart ? endLine : Math.min(...following.map((each) => each.line)) - 1
  return (held?.lines ?? []).filter((_, at) => {
    const number = (held?.range.startLine ?? 0) + at
    return number >= first && number <= last
  })
}

const lastName = (symbol: string) => symbol.slice(symbol.lastIndexOf('.') + 1)

export const SIGNATURE_LINES = 3

/**
 * Takes the lines from a definition's name on. Returns those up to the bracket that closes its parameters, if they are
 * few.
 */
export function signatureIn(lines: readonly string[]): readonly string[] {
  const signature: string[] = []
  let open = 0
  for (const text of lines.slice(0, SIGNATURE_LINES)) {
    signature.push(text)
    open += bracketsOpened(text)
    if (open <= 0) return signature
  }
  return signature.slice(0, 1)
}

/** Returns the number of unclosed round brackets in a text. */
export function bracketsOpened(text: string): number {
  let open = 0
  for (const character of text) open += character === '(' ? 1 : character === ')' ? -1 : 0
  return open
}

const LONGEST_LINE = 400
const BEFORE_WORD = 80
/** How much of a line, which may be a whole file, is examined for words. */
const WEIGHED = 4000
const LOOKED_AT = 20_000

/** Returns the line, or the part around the first of the words if the line is too long. */
export function withinScreen(line: string, words: readonly WeighedWord[], longest = LONGEST_LINE): string {
  if (line.length <= longest) return line
  const at = firstOf(new Set(words.map(({ stem }) => stem)), line.slice(0, LOOKED_AT))
  const start = Math.min(Math.max(0, at - BEFORE_WORD), line.length - longest)
  const end = start + longest
  return `${start > 0 ? '…' : ''}${line.slice(start, end)}${end < line.length ? '…' : ''}`
}

const RUN = /[\p{L}\p{N}\p{M}_]+|[\p{Extended_Pictographic}\p{RI}]/gu

/** Returns the index of the first of the words, or -1. */
function firstOf(words: Words, text: string): number {
  for (const { 0: run, index } of text.matchAll(RUN)) {
    const [word] = wordsOfRun(run, words)
    if (word === undefined) continue
    // If letters were folded, the index is that of the run.
    return isLong(run) ? index + Math.max(0, run.toLowerCase().indexOf(word)) : index
  }
  return -1
}

function wordsIn(line: string, words: Words): Set<string> {
  const found = new Set<string>()
  for (const [run] of line.slice(0, WEIGHED).matchAll(RUN)) for (const word of wordsOfRun(run, words)) found.add(word)
  return found
}

/** Stems of words. */
type Words = Pick<ReadonlySet<string>, 'has' | 'keys'>

const ASCII = /^[\0-\x7f]*$/
const LONGEST_ANALYSED = 16
const isLong = (run: string) => run.length > (ASCII.test(run) ? MAX_TOKEN_LENGTH : LONGEST_ANALYSED)

/** Searching a sentence without spaces for each word takes a fraction of the time of tokenizing it. */
function wordsOfRun(run: string, words: Words): string[] {
  if (!isLong(run)) return analysed(run).all.filter((term) => words.has(term))
  const text = folded(composed(run))
  return Array.from(words.keys()).filter((word) => text.includes(word))
}

/** Each word counts fully once, and a little for each line that repeats it. */
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
