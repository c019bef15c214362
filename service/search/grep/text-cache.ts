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
  async read(hashes: readonly string[]): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>()
    const missing: string[] = []
    for (const hash of hashes) {
      const known = this.#texts.get(hash)
      if (known === undefined) missing.push(hash)
      else found.set(hash, known)
    }
    if (missing.length === 0) return found
    for (const [hash, read] of await readCompressed(this.#database, missing)) {
      // A copy, so that neither the cache nor a transfer to a thread involves everything that was read with it.
      const text = new Uint8Array(read)
      this.#texts.set(hash, text, text.length + ENTRY_BYTES)
      found.set(hash, text)
    }
    return found
  }
}
