import type { NewChunk } from '../../store/chunks.ts'
import { KIB } from '../../units.ts'
import { CHUNK_LIMITS, type ChunkLimits, fits } from './chunk-limits.ts'
import { codeLanguage, isComponent, scriptsOf } from './components.ts'
import type { Grammar } from './grammars.ts'
import { withoutMacros } from './macro-lines.ts'
import { markdownOutline } from './markdown.ts'
import { type OutlineItem, outline } from './outline.ts'
import { definitionsByPattern, hasPatterns, outlineByPattern } from './patterns.ts'
import { cutIntoPieces, type Piece } from './pieces.ts'
import { TextLines } from './text-lines.ts'

export interface Chunk extends Omit<NewChunk, 'hash'> {
  readonly text: string
}

/** For a text from which only definitions are needed. */
export const OUTLINE_PARSE_LIMIT_MS = 2_000

export interface ChunkOptions {
  readonly language: string
  readonly grammar?: Grammar | undefined
  readonly parseLimitMs?: number
  readonly limits?: ChunkLimits
  /** Called if the grammar's parser needs too much time or memory, so that the text is divided by lines instead. */
  readonly onAbandoned?: () => void
}

/** Whether chunks of such a text can define names. */
export function definesNames({ language, grammar }: ChunkOptions): boolean {
  return grammar !== undefined || language === 'markdown' || isComponent(language) || hasPatterns(language)
}

/**
 * Divides a text into chunks of whole lines along its syntax. Chunks do not overlap, and leave out only blank lines.
 */
export function chunksOf(lines: TextLines, options: ChunkOptions): Chunk[] {
  const limits = options.limits ?? CHUNK_LIMITS
  const chunks = joined(piecesOf(lines, options, limits), lines, limits)
  return withPatterns(chunks, lines, options).flatMap((chunk) => trimmed(chunk, lines) ?? [])
}

/** Processor time of a parser. Handwritten and generated code takes up to half a millisecond for each KiB. */
const PARSE_LIMIT = { leastMs: 250, msPerKib: 1, mostMs: 1_000 }

function parseLimitOf(code: string): number {
  const { leastMs, msPerKib, mostMs } = PARSE_LIMIT
  return Math.min(mostMs, leastMs + msPerKib * (code.length / KIB))
}

function piecesOf(
  lines: TextLines,
  { language, grammar, parseLimitMs, onAbandoned }: ChunkOptions,
  limits: ChunkLimits,
): Piece[] {
  if (language === 'markdown') return cutIntoPieces(markdownOutline(lines), lines, limits, { kind: 'lines' })
  const code = parsed(lines, language)
  const tree = grammar?.parse(code, parseLimitMs ?? parseLimitOf(code))
  if (grammar === undefined || tree === undefined) {
    if (grammar !== undefined) onAbandoned?.()
    const written = isComponent(language) ? new TextLines(code) : lines
    const items = outlineByPattern(written, codeLanguage(language, lines.text))
    return cutIntoPieces(items, lines, limits, { kind: 'lines' })
  }
  try {
    const items = outline(tree, grammar.roles, lines, limits.most)
    const whole = isComponent(language) ? withMarkup(items, new TextLines(code)) : items
    return cutIntoPieces(whole, lines, limits, { kind: 'module' })
  } finally {
    tree.delete()
  }
}

/** What the parser gets of a text, on the same lines. */
function parsed(lines: TextLines, language: string): string {
  if (isComponent(language)) return scriptsOf(lines, language)
  return WITH_MACROS.has(language) ? withoutMacros(lines.text) : lines.text
}

const WITH_MACROS = new Set(['c', 'cpp'])

/** Returns the items, and one for each run of lines without script between them. */
function withMarkup(items: readonly OutlineItem[], scripts: TextLines): OutlineItem[] {
  let line = 0
  return items.flatMap((item) => {
    const from = line
    line = item.to + 1
    let to = item.from - 1
    while (to >= from && !scripts.isBlank(to)) to--
    return to < from ? [item] : [{ from, to, at: from, items: [] }, item]
  })
}

/** Adds names that only the patterns of the language find, because the grammar may be older than the language. */
function withPatterns(chunks: readonly Joined[], lines: TextLines, { language, grammar }: ChunkOptions): Joined[] {
  const missing = grammar === undefined ? [] : definitionsByPattern(lines, language)
  return chunks.map((chunk) => {
    const known = new Set(chunk.definitions.map(({ symbol }) => lastOf(symbol)))
    const owned = new Map(missing.flatMap(({ line, name }) => (lastOf(name) === name ? [] : [[line, name]])))
    const more = missing
      .filter(({ line, name }) => line >= chunk.from && line <= chunk.to && !known.has(lastOf(name)))
      .map(({ line, name, kind }) => ({ symbol: name, line, kind, endLine: line }))
    const definitions = chunk.definitions.map((each) => {
      const better = owned.get(each.line)
      return better !== undefined && lastOf(better) === each.symbol ? { ...each, symbol: better } : each
    })
    return { ...chunk, definitions: [...definitions, ...more] }
  })
}

const lastOf = (name: string) => name.slice(name.lastIndexOf('.') + 1)

/** Pieces joined into one chunk. It takes the symbol of the largest one that has one. */
interface Joined extends Piece {
  readonly mainSize: number
}

function joined(pieces: readonly Piece[], lines: TextLines, { target, most, tiny }: ChunkLimits): Joined[] {
  const isTiny = ({ from, to }: Piece) => lines.size(from, to) < tiny
  const canFollow = (last: Piece, next: Piece) => (isTiny(next) && !next.head) || isTiny(last)
  const measured = pieces.map((piece) => ({
    ...piece,
    mainSize: piece.symbol === undefined ? 0 : lines.size(piece.from, piece.to),
  }))
  const joinWhere = (all: readonly Joined[], belong: (last: Joined, next: Joined) => boolean) => {
    const chunks: Joined[] = []
    for (const next of all) {
      const last = chunks.at(-1)
      if (last !== undefined && belong(last, next)) chunks[chunks.length - 1] = join(last, next, isTiny(last))
      else chunks.push(next)
    }
    return chunks
  }
  const near = joinWhere(
    measured,
    (last, next) => (last.owner === next.owner || canFollow(last, next)) && fits(lines, last.from, next.to, target),
  )
  return joinWhere(near, (last, next) => canFollow(last, next) && fits(lines, last.from, next.to, most))
}

function join(last: Joined, next: Joined, lastIsTiny: boolean): Joined {
  const main = next.mainSize > last.mainSize ? next : last
  return {
    ...main,
    from: last.from,
    to: next.to,
    owner: lastIsTiny ? next.owner : last.owner,
    head: last.head,
    definitions: [...last.definitions, ...next.definitions],
  }
}

function trimmed({ from, to, kind, symbol, line, definitions }: Piece, lines: TextLines): Chunk | undefined {
  let first = from
  let last = to
  while (first <= last && lines.isBlank(first)) first++
  while (last > first && lines.isBlank(last)) last--
  if (first > last) return undefined
  const continued = symbol !== undefined && line !== undefined && line < first
  const named = first === last ? definitions.slice(0, MOST_NAMES_A_LINE) : definitions
  return {
    startLine: first + 1,
    endLine: last + 1,
    kind,
    ...(symbol && { symbol }),
    definitions: named.map(({ endLine, ...each }) => {
      return { ...each, line: each.line + 1, ...(endLine !== undefined && { endLine: endLine + 1 }) }
    }),
    ...(continued && { continues: { symbol, line: line + 1 } }),
    text: withoutBulk(lines.slice(first, last)),
  }
}

/** Maximum number of names in one line, as of a bundle. */
const MOST_NAMES_A_LINE = 50
/** A longer chunk contains a line that nobody would write by hand. */
const USUAL_TEXT = CHUNK_LIMITS.most.chars
/** In characters; of a longer line only so much of its beginning is found by its words. */
export const LONGEST_LINE = 10_000
const LINE_END = 500
const ENCODED = /[\w+/=\\-]{500,}/g

/** Removes embedded pictures and similar data, and the middle of very long lines. */
function withoutBulk(text: string): string {
  if (text.length <= USUAL_TEXT) return text
  return text
    .replace(ENCODED, (encoded) => `${encoded.slice(0, 20)}…`)
    .split('\n')
    .map((line) => (line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)}…${line.slice(-LINE_END)}`))
    .join('\n')
}
