import { whileWanted } from '../../deadline.ts'
import { GramDirectory, type GramSlice } from '../../lexical/grams/read-grams.ts'
import type { Sql } from '../../store/database.ts'
import { gramDirectories, gramRanges } from '../../store/gram-indexes.ts'
import { MIB } from '../../units.ts'
import { ByteCache } from '../byte-cache.ts'

const DIRECTORIES_BYTES = 8 * MIB
const SLICES_BYTES = 40 * MIB
/** Memory of a typed array with its buffer in V8, measured with Node 24. */
const ARRAY_BYTES = 200
/** More slices than any segment has. */
const SLICES = 2 ** 20

/** Maximum size of the cache, in bytes. */
export const GRAM_CACHE_BYTES = DIRECTORIES_BYTES + SLICES_BYTES

/** The requested slices of a segment's gram index. */
export interface LoadedGrams {
  readonly directory: GramDirectory
  /** By number. */
  readonly slices: ReadonlyMap<number, Uint8Array>
}

interface Missing {
  readonly segmentId: number
  readonly slice: GramSlice
  readonly slices: Map<number, Uint8Array>
}

/** Reads slices of segments' gram indexes. They never change, so they are cached up to a limit. */
export class GramCache {
  readonly #sql: Sql
  readonly #directories = new ByteCache<number, GramDirectory | 'none'>(DIRECTORIES_BYTES)
  readonly #slices = new ByteCache<number, Uint8Array>(SLICES_BYTES)
  #isReadingAhead = false

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Size of the cache, in bytes. */
  get bytes(): number {
    return this.#directories.bytes + this.#slices.bytes
  }

  /** Loads the slices with these grams, by segment. Segments without a gram index and deleted ones are left out. */
  async load(segmentIds: readonly number[], grams: readonly number[]): Promise<Map<number, LoadedGrams>> {
    const directories = await this.#loadDirectories(segmentIds)
    const loaded = new Map<number, LoadedGrams>()
    const missing: Missing[] = []
    for (const [segmentId, directory] of directories) {
      const slices = new Map<number, Uint8Array>()
      loaded.set(segmentId, { directory, slices })
      for (const gram of grams) {
        const slice = directory.sliceOf(gram)
        if (slice === undefined || slices.has(slice.number)) continue
        const known = this.#slices.get(keyOf(segmentId, slice))
        slices.set(slice.number, known ?? NOTHING)
        if (known === undefined) missing.push({ segmentId, slice, slices })
      }
    }
    if (missing.length === 0) return loaded
    for (const segmentId of await this.#read(missing)) loaded.delete(segmentId)
    this.#startReadingAhead(new Map(missing.map(({ segmentId }) => [segmentId, directories.get(segmentId)])))
    return loaded
  }

  /** Reads slices. Returns the segments that were deleted. */
  async #read(missing: readonly Missing[]): Promise<Set<number>> {
    const gone = new Set<number>()
    const ranges = missing.map(({ segmentId, slice: { start, length } }) => ({ segmentId, start, length }))
    for (const [at, data] of (await gramRanges(this.#sql, ranges)).entries()) {
      const { segmentId, slice, slices } = missing[at] as Missing
      if (data === undefined) gone.add(segmentId)
      else slices.set(slice.number, this.#keep(segmentId, slice, data))
    }
    return gone
  }

  #keep(segmentId: number, slice: GramSlice, data: Uint8Array): Uint8Array {
    // A copy, which does not keep everything that was read with it.
    const own = new Uint8Array(data)
    this.#slices.set(keyOf(segmentId, slice), own, own.length + ARRAY_BYTES)
    return own
  }

  /** If all slices of these segments fit, the next questions find them here. */
  #startReadingAhead(directories: ReadonlyMap<number, GramDirectory | undefined>): void {
    let bytes = this.#slices.bytes
    for (const directory of directories.values()) {
      bytes += (directory?.length ?? 0) + (directory?.slices ?? 0) * 2 * ARRAY_BYTES
    }
    if (this.#isReadingAhead || bytes > SLICES_BYTES) return
    this.#isReadingAhead = true
    whileWanted(undefined, () => this.#readAhead(directories))
      // The next question reads what is missing.
      .catch(() => undefined)
      .finally(() => {
        this.#isReadingAhead = false
      })
  }

  async #readAhead(directories: ReadonlyMap<number, GramDirectory | undefined>): Promise<void> {
    for (const [segmentId, directory] of directories) {
      if (directory === undefined) continue
      const [data] = await gramRanges(this.#sql, [{ segmentId, start: 0, length: directory.length }])
      for (let number = 0; data !== undefined && number < directory.slices; number++) {
        const slice = directory.slice(number)
        if (this.#slices.get(keyOf(segmentId, slice)) !== undefined) continue
        this.#keep(segmentId, slice, data.subarray(slice.start, slice.start + slice.length))
      }
    }
  }

  async #loadDirectories(segmentIds: readonly number[]): Promise<Map<number, GramDirectory>> {
    const found = await this.#directories.getOrRead(segmentIds, async (missing) => {
      const read = await gramDirectories(this.#sql, missing)
      return missing.map((key) => {
        const encoded = read.get(key)
        const value = encoded === undefined ? 'none' : new GramDirectory(encoded)
        return { key, value, bytes: ARRAY_BYTES + (encoded?.length ?? 0) }
      })
    })
    return new Map([...found].filter((each): each is [number, GramDirectory] => each[1] !== 'none'))
  }
}

const NOTHING = new Uint8Array(0)

const keyOf = (segmentId: number, { number }: GramSlice) => segmentId * SLICES + number
