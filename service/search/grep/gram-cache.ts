import { GramDirectory, type GramSlice } from '../../lexical/grams/read-grams.ts'
import type { Sql } from '../../store/database.ts'
import { gramDirectories, gramRanges } from '../../store/gram-indexes.ts'
import { MIB } from '../../units.ts'
import { ByteCache } from '../byte-cache.ts'

const DIRECTORIES_BYTES = 8 * MIB
const SLICES_BYTES = 40 * MIB
/** What V8 takes for a typed array and its buffer, as measured with Node 24. */
const ARRAY_BYTES = 200
/** More slices than any segment has. */
const SLICES = 2 ** 20

/** What is kept of gram indexes at most, in bytes. */
export const GRAM_CACHE_BYTES = DIRECTORIES_BYTES + SLICES_BYTES

/** The slices of a segment's gram index that were asked for. */
export interface LoadedGrams {
  readonly directory: GramDirectory
  /** By their numbers. */
  readonly slices: ReadonlyMap<number, Uint8Array>
}

interface Missing {
  readonly segmentId: number
  readonly slice: GramSlice
  readonly slices: Map<number, Uint8Array>
}

/** The gram indexes of segments, read by slices; they never change, so what was read is kept within a bound. */
export class GramCache {
  readonly #directories = new ByteCache<number, GramDirectory | 'none'>(DIRECTORIES_BYTES)
  readonly #slices = new ByteCache<number, Uint8Array>(SLICES_BYTES)

  /** What is kept, in bytes. */
  get bytes(): number {
    return this.#directories.bytes + this.#slices.bytes
  }

  /** What tells where the grams are, by segment; a segment that has no gram index, or is gone, is absent. */
  async load(sql: Sql, segmentIds: readonly number[], grams: readonly number[]): Promise<Map<number, LoadedGrams>> {
    const directories = await this.#loadDirectories(sql, segmentIds)
    const loaded = new Map<number, LoadedGrams>()
    const missing: Missing[] = []
    for (const [segmentId, directory] of directories) {
      const slices = new Map<number, Uint8Array>()
      loaded.set(segmentId, { directory, slices })
      for (const gram of grams) {
        const slice = directory.sliceOf(gram)
        if (slice === undefined || slices.has(slice.number)) continue
        const known = this.#slices.get(segmentId * SLICES + slice.number)
        slices.set(slice.number, known ?? NOTHING)
        if (known === undefined) missing.push({ segmentId, slice, slices })
      }
    }
    for (const segmentId of await this.#read(sql, missing)) loaded.delete(segmentId)
    return loaded
  }

  /** Reads slices; the segments that are gone. */
  async #read(sql: Sql, missing: readonly Missing[]): Promise<Set<number>> {
    const gone = new Set<number>()
    if (missing.length === 0) return gone
    const ranges = missing.map(({ segmentId, slice: { start, length } }) => ({ segmentId, start, length }))
    for (const [at, data] of (await gramRanges(sql, ranges)).entries()) {
      const { segmentId, slice, slices } = missing[at] as Missing
      if (data === undefined) {
        gone.add(segmentId)
        continue
      }
      // Of its own: it must not keep all that was read with it.
      const own = Uint8Array.from(data)
      slices.set(slice.number, own)
      this.#slices.set(segmentId * SLICES + slice.number, own, own.length + ARRAY_BYTES)
    }
    return gone
  }

  async #loadDirectories(sql: Sql, segmentIds: readonly number[]): Promise<Map<number, GramDirectory>> {
    const found = new Map<number, GramDirectory>()
    const missing: number[] = []
    for (const id of segmentIds) {
      const known = this.#directories.get(id)
      if (known === undefined) missing.push(id)
      else if (known !== 'none') found.set(id, known)
    }
    if (missing.length === 0) return found
    const read = await gramDirectories(sql, missing)
    for (const id of missing) {
      const encoded = read.get(id)
      const directory = encoded === undefined ? 'none' : new GramDirectory(encoded)
      if (directory !== 'none') found.set(id, directory)
      this.#directories.set(id, directory, ARRAY_BYTES + (encoded?.length ?? 0))
    }
    return found
  }
}

const NOTHING = new Uint8Array(0)
