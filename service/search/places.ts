import { type ChunkPlace, type ChunkRow, chunksAt, type DefinedName } from '../store/chunks.ts'
import { readContents } from '../store/contents.ts'
import type { Database } from '../store/database.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { MIB } from '../units.ts'
import { ByteCache } from './byte-cache.ts'
import type { Detail, SearchResult, Why } from './contract.ts'
import type { ScoredChunk, WeighedWord } from './ranking.ts'
import { bestLines, definitionHit, heldWords, signatureAt, withinScreen } from './snippet.ts'

export interface Shown {
  readonly detail: Detail
  readonly limit: number
  readonly words: readonly WeighedWord[]
  /** The searched repositories, for their names. */
  readonly repositories: readonly Pick<RepositoryRow, 'id' | 'name'>[]
}

/** A result, with the lines of its file if they are shown. */
interface Place {
  readonly result: SearchResult
  readonly lines?: readonly string[]
  /** The definition that was hit. */
  readonly definition?: DefinedName | undefined
}

/** Lines of a snippet. The first results get more, because they are more often right. */
const SNIPPET_LINES = { first: 12, further: 5 }
const FIRST_RESULTS = 3

const CHUNKS_BYTES = 8 * MIB
const CHUNK_BYTES = 240
const NAME_BYTES = 120
const TEXTS_BYTES = 16 * MIB
const CHARACTER_BYTES = 2
const LINE_BYTES = 40

/** Maximum size of the caches, in bytes. */
export const PLACE_CACHE_BYTES = CHUNKS_BYTES + TEXTS_BYTES

/** Reads what results show, and caches what was shown last. Chunks and texts never change. */
export class PlaceReader {
  readonly #database: Database
  #chunks = new ByteCache<string, ChunkRow>(CHUNKS_BYTES)
  /** Split into lines, because splitting takes as long as the rest of a result. */
  readonly #texts = new ByteCache<string, readonly string[]>(TEXTS_BYTES)

  constructor(database: Database) {
    this.#database = database
  }

  /** Clears the cache of chunks. Texts are identified by their contents. */
  forget(): void {
    this.#chunks = new ByteCache(CHUNKS_BYTES)
  }

  /** Converts chunks to results, best first. Returns undefined if a chunk or its text was deleted meanwhile. */
  async describe(chunks: readonly ScoredChunk[], shown: Shown): Promise<SearchResult[] | undefined> {
    const hashes = shown.detail === 'paths' ? [] : chunks.map(({ file }) => file.row.contentHash)
    const [rows, lines] = await Promise.all([this.#rowsOf(chunks), this.#linesOf(hashes)])
    if (rows.size < chunks.length || hashes.some((hash) => !lines.has(hash))) return undefined
    const places = chunks.map((chunk, at) => {
      const row = rows.get(keyOf(chunk)) as ChunkRow
      return placeOf({ chunk, row }, lines.get(chunk.file.row.contentHash), shown, at)
    })
    return withSnippets(merged(places).slice(0, shown.limit), shown)
  }

  #rowsOf(chunks: readonly ScoredChunk[]): Promise<Map<string, ChunkRow>> {
    return keptOrRead(this.#chunks, new Map(chunks.map((chunk) => [keyOf(chunk), chunk])), async (missing) =>
      (await chunksAt(this.#database, missing)).map((row) => {
        return { key: keyOf(row), value: row, bytes: CHUNK_BYTES + NAME_BYTES * row.definitions.length }
      }),
    )
  }

  #linesOf(hashes: readonly string[]): Promise<Map<string, readonly string[]>> {
    return keptOrRead(this.#texts, new Map(hashes.map((hash) => [hash, hash])), async (missing) =>
      Array.from(await readContents(this.#database, missing), ([key, text]) => {
        const value = linesOf(text)
        return { key, value, bytes: CHARACTER_BYTES * text.length + LINE_BYTES * value.length }
      }),
    )
  }
}

const keyOf = ({ segmentId, document }: ChunkPlace) => `${segmentId}:${document}`

/** Returns existing values by key. `read` reads those that are not cached. */
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

interface Described {
  readonly row: ChunkRow
  readonly chunk: ScoredChunk
}

function placeOf({ row, chunk }: Described, lines: readonly string[] | undefined, shown: Shown, at: number): Place {
  const { path, language, repositoryId } = chunk.file.row
  const repository = shown.repositories.find(({ id }) => id === repositoryId)?.name ?? ''
  const range = { startLine: row.startLine, endLine: row.endLine }
  const held = lines && heldWords(lines, range, shown.words)
  const definition = definitionHit(row.definitions, row.symbol, shown.words, held)
  const symbol = definition?.symbol ?? row.symbol
  const most = at < FIRST_RESULTS ? SNIPPET_LINES.first : SNIPPET_LINES.further
  const chosen = held === undefined || shown.detail === 'full' ? range : bestLines(held, most)
  const why = whyFound(chunk, shown.words)
  const result = { repository, path, ...chosen, ...(symbol && { symbol }), language, score: chunk.score, why }
  return lines === undefined ? { result } : { result, lines, definition }
}

/** Merges adjacent places of a file into one, at the rank of the better one. */
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

/** Maximum number of characters to show of a line in a whole chunk. */
const LONGEST_LINE_IN_FULL = 1500

/** Adds the text of their lines to results. */
function withSnippets(places: readonly Place[], { detail, words }: Shown): SearchResult[] {
  const longest = detail === 'full' ? LONGEST_LINE_IN_FULL : undefined
  return places.map(({ result, lines, definition }) => {
    if (lines === undefined) return result
    const above = definition === undefined ? [] : linesAbove(lines, definition.line, result.startLine)
    const shown = [...above, ...numbered(lines, result.startLine, result.endLine)]
    const snippet = shown.map(({ text }) => withinScreen(text, words, longest)).join('\n')
    return snippet === '' ? result : { ...result, snippet, snippetLines: shown.map(({ line }) => line) }
  })
}

interface NumberedLine {
  readonly line: number
  readonly text: string
}

const numbered = (lines: readonly string[], first: number, last: number): NumberedLine[] =>
  lines.slice(first - 1, last).map((text, at) => ({ line: first + at, text }))

/** Returns the signature of the definition at `line` if a snippet starts below it, and a marker of omitted lines. */
function linesAbove(lines: readonly string[], line: number, startLine: number): NumberedLine[] {
  if (line >= startLine) return []
  const next = line + signatureAt(lines, line).length
  return next >= startLine
    ? numbered(lines, line, startLine - 1)
    : [...numbered(lines, line, next - 1), { line: 0, text: '…' }]
}

/** Splits a text into lines without line ends. A final line feed starts no line. */
function linesOf(text: string): string[] {
  // Splitting by the expression takes several times as long.
  const lines = text.includes('\r') ? text.split(/\r?\n/) : text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Explains why a chunk was found. `words` are the question's. */
export function whyFound(
  { file, words, named = 0, likeness = 0, defines }: ScoredChunk,
  all: readonly WeighedWord[],
): Why {
  const stems = all.map(({ stem }) => stem)
  const byBits = (bits: number) => stems.filter((_, at) => ((bits >> at) & 1) === 1)
  const byWords = words !== 0 || named !== 0 || defines === true
  const byMeaning = likeness > 0
  return {
    legs: [...(byWords ? (['lexical'] as const) : []), ...(byMeaning ? (['semantic'] as const) : [])],
    words: byBits(words),
    names: byBits(named),
    path: stems.filter((stem) => file.facts.name.has(stem) || file.facts.folders.has(stem)),
    ...(byMeaning && { likeness: Math.round(likeness * 10) / 10 }),
    ...(defines === true && { defines }),
  }
}
