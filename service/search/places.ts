import { type ChunkPlace, type ChunkRow, chunksAt } from '../store/chunks.ts'
import { readContents } from '../store/contents.ts'
import type { Database } from '../store/database.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { MIB } from '../units.ts'
import { ByteCache } from './byte-cache.ts'
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
  /** Those searched, for their names. */
  readonly repositories: readonly Pick<RepositoryRow, 'id' | 'name'>[]
}

/** A result with the lines of its file, where they are to be shown. */
interface Place {
  readonly result: SearchResult
  readonly lines?: readonly string[]
}

const CHUNKS_BYTES = 8 * MIB
const CHUNK_BYTES = 240
const TEXTS_BYTES = 16 * MIB
const CHARACTER_BYTES = 2

/** What is kept of what was shown at most, in bytes. */
export const PLACE_CACHE_BYTES = CHUNKS_BYTES + TEXTS_BYTES

/** Reads what results show, and keeps of it what was shown last: neither a chunk nor a text ever changes. */
export class PlaceReader {
  readonly #database: Database
  readonly #chunks = new ByteCache<string, ChunkRow>(CHUNKS_BYTES)
  readonly #texts = new ByteCache<string, string>(TEXTS_BYTES)

  constructor(database: Database) {
    this.#database = database
  }

  /** The chunks as results, best first; undefined where one, or its text, has been removed since it was found. */
  async describe(chunks: readonly ScoredChunk[], shown: Shown): Promise<SearchResult[] | undefined> {
    const hashes = shown.detail === 'paths' ? [] : chunks.map(({ file }) => file.row.contentHash)
    const [rows, texts] = await Promise.all([this.#rowsOf(chunks), this.#textsOf(hashes)])
    if (rows.size < chunks.length || hashes.some((hash) => !texts.has(hash))) return undefined
    const lines = new Map(Array.from(texts, ([hash, text]) => [hash, linesOf(text)]))
    const places = chunks.map((chunk) => {
      const row = rows.get(keyOf(chunk)) as ChunkRow
      return placeOf(chunk, row, lines.get(chunk.file.row.contentHash), shown)
    })
    return withSnippets(merged(places).slice(0, shown.limit), shown)
  }

  #rowsOf(chunks: readonly ScoredChunk[]): Promise<Map<string, ChunkRow>> {
    return keptOrRead(this.#chunks, new Map(chunks.map((chunk) => [keyOf(chunk), chunk])), async (missing) =>
      (await chunksAt(this.#database, missing)).map((row) => ({ key: keyOf(row), value: row, bytes: CHUNK_BYTES })),
    )
  }

  #textsOf(hashes: readonly string[]): Promise<Map<string, string>> {
    return keptOrRead(this.#texts, new Map(hashes.map((hash) => [hash, hash])), async (missing) =>
      Array.from(await readContents(this.#database, missing), ([key, value]) => {
        return { key, value, bytes: CHARACTER_BYTES * value.length }
      }),
    )
  }
}

const keyOf = ({ segmentId, document }: ChunkPlace) => `${segmentId}:${document}`

/** The values of the keys wanted that are there; `read` gets what the cache does not have. */
async function keptOrRead<Wanted, Value>(
  cache: ByteCache<string, Value>,
  wanted: ReadonlyMap<string, Wanted>,
  read: (missing: Wanted[]) => Promise<{ readonly key: string; readonly value: Value; readonly bytes: number }[]>,
): Promise<Map<string, Value>> {
  const found = new Map<string, Value>()
  const missing: Wanted[] = []
  for (const [key, each] of wanted) {
    const value = cache.get(key)
    if (value === undefined) missing.push(each)
    else found.set(key, value)
  }
  for (const { key, value, bytes } of missing.length === 0 ? [] : await read(missing)) {
    cache.set(key, value, bytes)
    found.set(key, value)
  }
  return found
}

function placeOf(
  { file, score }: ScoredChunk,
  { startLine, endLine, symbol }: ChunkRow,
  lines: readonly string[] | undefined,
  { detail, words, repositories }: Shown,
): Place {
  const { path, language, repositoryId } = file.row
  const repository = repositories.find(({ id }) => id === repositoryId)?.name ?? ''
  const chosen =
    detail === 'snippets' && lines !== undefined
      ? bestLines(lines, { startLine, endLine }, words)
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
