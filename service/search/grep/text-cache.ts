import { readCompressed } from '../../store/contents.ts'
import type { Database } from '../../store/database.ts'
import { MIB } from '../../units.ts'
import { ByteCache } from '../byte-cache.ts'

/** Maximum size of the cache, in bytes. */
export const TEXT_CACHE_BYTES = 32 * MIB
/** Memory of a typed array with its buffer and a hash in V8, measured with Node 24. */
const ENTRY_BYTES = 280

/** Caches the most recently read texts in their stored form: UTF-8, compressed with zstd. They never change. */
export class TextCache {
  readonly #database: Database
  readonly #texts = new ByteCache<string, Uint8Array>(TEXT_CACHE_BYTES)

  constructor(database: Database) {
    this.#database = database
  }

  /** Returns texts by hash. Texts that are not stored are left out. */
  read(hashes: readonly string[]): Promise<Map<string, Uint8Array>> {
    return this.#texts.getOrRead(hashes, async (missing) =>
      Array.from(await readCompressed(this.#database, missing), ([key, read]) => {
        // A copy, so that neither the cache nor a transfer to a thread involves everything that was read with it.
        const value = new Uint8Array(read)
        return { key, value, bytes: value.length + ENTRY_BYTES }
      }),
    )
  }
}
