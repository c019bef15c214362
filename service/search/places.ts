import { type ChunkPlace, type ChunkRow, chunksAt, type DefinedName } from '../store/chunks.ts'
import type { Database } from '../store/database.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { MIB } from '../units.ts'
import { ByteCache } from './byte-cache.ts'
import type { Detail, SearchResult, Why } from './contract.ts'
import type { ScoredChunk, WeighedWord } from './ranking.ts'
import { bestLines, definitionHit, heldWords, SIGNATURE_LINES, signatureIn, withinScreen } from './snippet.ts'
import { openTexts, type StoredText } from './stored-text.ts'

export interface Shown {
  readonly detail: Detail
  readonly limit: number
  readonly words: readonly WeighedWord[]
  /** The searched repositories, for their names. */
  readonly repositories: readonly Pick<RepositoryRow, 'id' | 'name'>[]
}

/** A result with the text of its file, where lines of it are to be shown. */
interface Place {
  readonly result: SearchResult
  readonly text?: StoredText
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

/** Maximum size of the caches, in bytes. */
export const PLACE_CACHE_BYTES = CHUNKS_BYTES + TEXTS_BYTES

/** Reads what results show, and caches what was shown last. Chunks and texts never change. */
export class PlaceReader {
  readonly #database: Database
  #chunks = new ByteCache<string, ChunkRow>(CHUNKS_BYTES)
  readonly #texts = new ByteCache<string, StoredText>(TEXTS_BYTES)

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
    const [rows, texts] = await Promise.all([this.#rowsOf(chunks), this.#textsOf(hashes)])
    if (rows.size < chunks.length || hashes.some((hash) => !texts.has(hash))) return undefined
    const places = chunks.map((chunk, at) => {
      const row = rows.get(keyOf(chunk)) as ChunkRow
      return placeOf({ chunk, row }, texts.get(chunk.file.row.contentHash), shown, at)
    })
    return withSnippets(merged(places).slice(0, shown.limit), shown)
  }

  #rowsOf(chunks: readonly ScoredChunk[]): Promise<Map<string, ChunkRow>> {
    const wanted = new Map(chunks.map((chunk) => [keyOf(chunk), chunk]))
    return this.#chunks.getOrRead(wanted.keys(), async (missing) => {
      const places = missing.map((key) => wanted.get(key) as ScoredChunk)
      return (await chunksAt(this.#database, places)).map((row) => {
        return { key: keyOf(row), value: row, bytes: CHUNK_BYTES + NAME_BYTES * row.definitions.length }
      })
    })
  }

  #textsOf(hashes: readonly string[]): Promise<Map<string, StoredText>> {
    return this.#texts.getOrRead(new Set(hashes), async (missing) =>
      Array.from(await openTexts(this.#database, missing), ([key, value]) => ({ key, value, bytes: value.bytes })),
    )
  }
}

const keyOf = ({ segmentId, document }: ChunkPlace) => `${segmentId}:${document}`

interface Described {
  readonly row: ChunkRow
  readonly chunk: ScoredChunk
}

function placeOf({ row, chunk }: Described, text: StoredText | undefined, shown: Shown, at: number): Place {
  const { path, language, repositoryId } = chunk.file.row
  const repository = shown.repositories.find(({ id }) => id === repositoryId)?.name ?? ''
  const range = { startLine: row.startLine, endLine: row.endLine }
  const held = text && heldWords(text.lines(range.startLine, range.endLine), range, shown.words)
  const definition = definitionHit(
    row.definitions,
    row.symbol,
    { words: shown.words, isName: chunk.defines === true },
    held,
  )
  const symbol = definition?.symbol ?? row.symbol
  const most = at < FIRST_RESULTS ? SNIPPET_LINES.first : SNIPPET_LINES.further
  const chosen = held === undefined || shown.detail === 'full' ? range : bestLines(held, most)
  const why = whyFound(chunk, shown.words)
  const result = { repository, path, ...chosen, ...(symbol && { symbol }), language, score: chunk.score, why }
  return text === undefined ? { result } : { result, text, definition }
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
  return places.map(({ result, text, definition }) => {
    if (text === undefined) return result
    const above = definition === undefined ? [] : linesAbove(text, definition.line, result.startLine)
    const shown = [...above, ...numbered(text, result.startLine, result.endLine)]
    const snippet = shown.map((each) => withinScreen(each.text, words, longest)).join('\n')
    return snippet === '' ? result : { ...result, snippet, snippetLines: shown.map(({ line }) => line) }
  })
}

interface NumberedLine {
  readonly line: number
  readonly text: string
}

const numbered = (text: StoredText, first: number, last: number): NumberedLine[] =>
  text.lines(first, last).map((each, at) => ({ line: first + at, text: each }))

/** Returns the signature of the definition at `line` if a snippet starts below it, and a marker of omitted lines. */
function linesAbove(text: StoredText, line: number, startLine: number): NumberedLine[] {
  if (line >= startLine) return []
  const next = line + signatureIn(text.lines(line, line + SIGNATURE_LINES - 1)).length
  return next >= startLine
    ? numbered(text, line, startLine - 1)
    : [...numbered(text, line, next - 1), { line: 0, text: '…' }]
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
