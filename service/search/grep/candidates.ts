import { keepBlocksOf } from '../../lexical/grams/read-grams.ts'
import type { Database } from '../../store/database.ts'
import type { FileRow } from '../../store/files.ts'
import type { FileTable, TableFile, TableSegment } from '../file-table.ts'
import { inTurns } from '../in-turns.ts'
import { GramCache, type LoadedGrams } from './gram-cache.ts'
import type { GramQuery, PatternGrams } from './pattern/gram-query.ts'

/** Number of a literal's grams to look up in all segments. The others are looked up where these occur. */
const FIRST_GRAMS = 4
/** Slices of about 2 KB to read at once. */
const SLICES_AT_ONCE = 4096

/** Finds the files that a pattern may match by the grams in the index, without reading their texts. */
export class Candidates {
  readonly #database: Database
  #grams: GramCache

  constructor(database: Database) {
    this.#database = database
    this.#grams = new GramCache(database)
  }

  /** Clears the caches. */
  forget(): void {
    this.#grams = new GramCache(this.#database)
  }

  /** Returns the tables' files, in order, that may have a match. */
  async among(tables: readonly FileTable[], { query, withinLine }: PatternGrams): Promise<FileRow[]> {
    if (query === undefined) return tables.flatMap(({ files }) => files.map(({ row }) => row))
    const rows: FileRow[] = []
    for (const { files, segments } of tables) {
      const chosen = new Uint8Array(files.length)
      for await (const { at } of this.#filesOf(segments, { query, withinLine })) chosen[at] = 1
      for (let at = chosen.indexOf(1); at >= 0; at = chosen.indexOf(1, at + 1)) rows.push((files[at] as TableFile).row)
    }
    return rows
  }

  async *#filesOf(segments: readonly TableSegment[], pattern: Wanted): AsyncGenerator<TableFile> {
    const first = withFirstGrams(pattern.query)
    const width = Math.max(1, Math.floor(SLICES_AT_ONCE / gramsIn(pattern.query).size))
    for (let from = 0; from < segments.length; from += width) {
      const some = await this.#chosen(segments.slice(from, from + width), { ...pattern, query: first })
      const all = await this.#chosen([...some.keys()], pattern)
      for (const files of all.values()) yield* files
    }
  }

  /** Returns the files that may match, by segment. */
  async #chosen(segments: readonly TableSegment[], pattern: Wanted): Promise<Map<TableSegment, readonly TableFile[]>> {
    const chosen = new Map<TableSegment, readonly TableFile[]>()
    if (segments.length === 0) return chosen
    const ids = segments.map(({ id }) => id)
    const loaded = await this.#grams.load(ids, [...gramsIn(pattern.query)])
    const choose = (segment: TableSegment) => {
      const files = chosenFiles(segment, loaded.get(segment.id), pattern)
      if (files.length > 0) chosen.set(segment, files)
    }
    await inTurns(segments, choose, { atOnce: 1 })
    return chosen
  }
}

type Wanted = PatternGrams & { readonly query: GramQuery }

function gramsIn(query: GramQuery, into = new Set<number>()): Set<number> {
  if ('grams' in query) for (const gram of query.grams) into.add(gram)
  else for (const each of 'all' in query ? query.all : query.any) gramsIn(each, into)
  return into
}

function withFirstGrams(query: GramQuery): GramQuery {
  if ('grams' in query) return { grams: query.grams.slice(0, FIRST_GRAMS) }
  return 'all' in query ? { all: query.all.map(withFirstGrams) } : { any: query.any.map(withFirstGrams) }
}

/** Returns those files of a segment that are in a remaining block, or that the index does not cover. */
function chosenFiles({ files }: TableSegment, loaded: LoadedGrams | undefined, pattern: Wanted): readonly TableFile[] {
  if (loaded === undefined) return files
  const { texts } = loaded.directory
  const blocks = blocksWith(pattern.query, loaded, pattern.withinLine)
  const chosen: TableFile[] = []
  let block = 0
  for (const file of files) {
    const { documents, firstDocument } = file.row
    while (block < texts.length && (texts[block] as number) < firstDocument) block++
    let isChosen = documents === 0 || texts[block] !== firstDocument
    for (let at = block; !isChosen && texts[at] === firstDocument; at++) isChosen = hasBit(blocks, at)
    if (isChosen) chosen.push(file)
  }
  return chosen
}

/** Returns the blocks that satisfy the query, as a bit set. */
function blocksWith(query: GramQuery, loaded: LoadedGrams, withinLine: boolean): Uint8Array {
  if ('grams' in query) return all(query.grams.map((gram) => blocksWithGram(gram, loaded, withinLine)))
  if ('all' in query) return all(query.all.map((each) => blocksWith(each, loaded, withinLine)))
  return any(query.any.map((each) => blocksWith(each, loaded, withinLine)))
}

function blocksWithGram(gram: number, { directory, slices }: LoadedGrams, withinLine: boolean): Uint8Array {
  const { texts } = directory
  const blocks = new Uint8Array(Math.ceil(texts.length / 8))
  const slice = directory.sliceOf(gram)
  const data = slice && slices.get(slice.number)
  if (slice === undefined || data === undefined) return blocks
  keepBlocksOf(gram, data, slice.firstGram, blocks.fill(0xff))
  return withinLine ? blocks : wholeTexts(blocks, texts)
}

/** Adds all blocks of the texts that have one of these: a match over several lines may be in several blocks. */
function wholeTexts(blocks: Uint8Array, texts: Uint32Array): Uint8Array {
  const whole = new Uint8Array(blocks.length)
  for (let start = 0, end = 0; start < texts.length; start = end) {
    let has = false
    for (end = start; end < texts.length && texts[end] === texts[start]; end++) has ||= hasBit(blocks, end)
    for (let at = start; has && at < end; at++) whole[at >>> 3] = (whole[at >>> 3] as number) | (1 << (at & 7))
  }
  return whole
}

const hasBit = (bits: Uint8Array, at: number) => ((bits[at >>> 3] as number) & (1 << (at & 7))) !== 0

const all = (of: readonly Uint8Array[]) =>
  of.reduce((both, bits) => both.map((byte, at) => byte & (bits[at] as number)))
const any = (of: readonly Uint8Array[]) =>
  of.reduce((either, bits) => either.map((byte, at) => byte | (bits[at] as number)))
