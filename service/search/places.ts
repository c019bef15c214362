import { type ChunkRow, chunksAt } from '../store/chunks.ts'
import { readContents } from '../store/contents.ts'
import type { Sql } from '../store/database.ts'
import type { Detail, SearchResult } from './contract.ts'
import type { ScoredChunk, WeighedWord } from './ranking.ts'
import { bestLines, withinScreen } from './snippet.ts'
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
}

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
    return row === undefined ? [] : [{ row, score: chunk.score }]
  })
  if (described.length < chunks.length) return undefined
  if (shown.detail !== 'paths' && described.some(({ row }) => !texts.has(row.contentHash))) return undefined
  const lines = new Map(Array.from(texts, ([hash, text]) => [hash, linesOf(text)]))
  const places = described.map(({ row, score }) => placeOf(row, score, lines.get(row.contentHash), shown))
  return withSnippets(merged(places).slice(0, shown.limit), shown)
}

function placeOf(row: ChunkRow, score: number, lines: readonly string[] | undefined, shown: Shown): Place {
  const { repository, path, startLine, endLine, symbol, language } = row
  const chosen =
    shown.detail === 'snippets' && lines !== undefined
      ? bestLines(lines, { startLine, endLine }, shown.words)
      : { startLine, endLine }
  const result = { repository, path, ...chosen, ...(symbol === undefined ? {} : { symbol }), language, score }
  return lines === undefined ? { result } : { result, lines }
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
  return places.map(({ result, lines }) => {
    if (lines === undefined || left <= 0) return result
    const text = lines
      .slice(result.startLine - 1, result.endLine)
      .map(shownLine)
      .join('\n')
    const snippet = cutToFit(text, left)
    left -= snippet.length
    if (snippet === '') {
      left = 0
      return result
    }
    return { ...result, snippet }
  })
}

function cutToFit(text: string, characters: number): string {
  if (text.length <= characters) return text
  return text.slice(0, Math.max(0, text.lastIndexOf('\n', characters)))
}
