import { type ChunkRow, chunksAt, type DefinedName } from '../store/chunks.ts'
import { readContents } from '../store/contents.ts'
import type { Sql } from '../store/database.ts'
import type { Detail, SearchResult } from './contract.ts'
import type { ScoredChunk, WeighedWord } from './ranking.ts'
import { bestLines, definitionHit, heldWords, signatureAt, withinScreen } from './snippet.ts'
import { linesOf } from './text-lines.ts'

const CHARACTERS_A_TOKEN = 4

export interface Shown {
  readonly detail: Detail
  readonly limit: number
  readonly maxTokens?: number
  readonly words: readonly WeighedWord[]
}

/** A result with the lines of its file, where they are to be shown. */
interface Place {
  readonly result: SearchResult
  readonly lines?: readonly string[]
  /** The definition that was hit. */
  readonly definition?: DefinedName | undefined
}

/** Lines of a snippet: the first results show more, since they are more often what was asked for. */
const SNIPPET_LINES = { first: 12, further: 6 }
const FIRST_RESULTS = 3

/** The chunks as results, best first; undefined where one, or its text, has been removed since it was found. */
export async function describePlaces(
  sql: Sql,
  chunks: readonly ScoredChunk[],
  shown: Shown,
): Promise<SearchResult[] | undefined> {
  const hashes = [...new Set(chunks.map(({ file }) => file.row.contentHash))]
  const [found, texts] = await Promise.all([
    chunksAt(sql, chunks),
    shown.detail === 'paths' ? new Map<string, string>() : readContents(sql, hashes),
  ])
  const rows = new Map(found.map((row) => [`${row.segmentId}:${row.document}`, row]))
  const described = chunks.flatMap((chunk) => {
    const row = rows.get(`${chunk.segmentId}:${chunk.document}`)
    return row === undefined ? [] : [{ row, chunk }]
  })
  if (described.length < chunks.length) return undefined
  if (shown.detail !== 'paths' && described.some(({ row }) => !texts.has(row.contentHash))) return undefined
  const lines = new Map(Array.from(texts, ([hash, text]) => [hash, linesOf(text)]))
  const places = described.map((each, at) => placeOf(each, lines.get(each.row.contentHash), shown, at))
  return withSnippets(merged(places).slice(0, shown.limit), shown)
}

interface Described {
  readonly row: ChunkRow
  readonly chunk: ScoredChunk
}

function placeOf({ row, chunk }: Described, lines: readonly string[] | undefined, shown: Shown, at: number): Place {
  const { repository, path, startLine, endLine, language } = row
  const range = { startLine, endLine }
  const held = lines && heldWords(lines, range, shown.words)
  const definition = definitionHit(row.definitions, row.symbol, shown.words, held)
  const symbol = definition?.symbol ?? row.symbol
  const most = at < FIRST_RESULTS ? SNIPPET_LINES.first : SNIPPET_LINES.further
  const chosen = held === undefined || shown.detail === 'full' ? range : bestLines(held, most)
  const result = { repository, path, ...chosen, ...(symbol && { symbol }), language, score: chunk.score }
  return lines === undefined ? { result } : { result, lines, definition }
}

/** Places of one file that touch become one, where the better of them stood. */
function merged(places: readonly Place[]): Place[] {
  const kept: Place[] = []
  for (const place of places) {
    const at = kept.findIndex((other) => touch(other.result, place.result))
    const other = kept[at]
    if (other === undefined) kept.push(place)
    else kept[at] = { ...other, result: { ...other.result, ...unionOf(other.result, place.result) } }
  }
  return kept
}

function touch(a: SearchResult, b: SearchResult): boolean {
  const near = a.startLine <= b.endLine + 1 && b.startLine <= a.endLine + 1
  return near && a.path === b.path && a.repository === b.repository
}

function unionOf(a: SearchResult, b: SearchResult) {
  return { startLine: Math.min(a.startLine, b.startLine), endLine: Math.max(a.endLine, b.endLine) }
}

/** Results with the text of their lines, until so many tokens are used up; the last is cut after a line. */
function withSnippets(
  places: readonly Place[],
  { detail, words, maxTokens = Number.POSITIVE_INFINITY }: Shown,
): SearchResult[] {
  const shownLine = (line: string) => (detail === 'snippets' ? withinScreen(line, words) : line)
  let left = maxTokens * CHARACTERS_A_TOKEN
  return places.map(({ result, lines, definition }) => {
    if (lines === undefined || left <= 0) return result
    const above = definition === undefined ? [] : linesAbove(lines, definition.line, result.startLine)
    const text = [...above, ...lines.slice(result.startLine - 1, result.endLine)].map(shownLine).join('\n')
    const snippet = cutToFit(text, left)
    left -= snippet.length
    if (snippet === '') {
      left = 0
      return result
    }
    return { ...result, snippet }
  })
}

/** The signature of the definition at `line` where a snippet starts below it, and what tells that lines are left out. */
function linesAbove(lines: readonly string[], line: number, startLine: number): readonly string[] {
  const signature = signatureAt(lines, line)
  if (line >= startLine) return []
  const next = line + signature.length
  return next >= startLine ? lines.slice(line - 1, startLine - 1) : [...signature, '…']
}

function cutToFit(text: string, characters: number): string {
  if (text.length <= characters) return text
  return text.slice(0, Math.max(0, text.lastIndexOf('\n', characters)))
}
