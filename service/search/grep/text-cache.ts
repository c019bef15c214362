import { readCompressed } from '../../store/contents.ts'
import type { Database } from '../../store/database.ts'
import { MIB } from '../../units.ts'
import { ByteCache } from '../byte-cache.ts'

/** What is kept of searched texts at most, in bytes. */
export const TEXT_CACHE_BYTES = 32 * MIB
/** What V8 takes for a typed array and its buffer, and for a hash, as measured with Node 24. */
const ENTRY_BYTES = 280

/** Texts as they are stored: UTF-8, compressed with zstd. They never change, so those read last are kept. */
export class TextCache {
  readonly #database: Database
  readonly #texts = new ByteCache<string, Uint8Array>(TEXT_CACHE_BYTES)

  constructor(database: Database) {
    this.#database = database
  }

  /** The texts with these hashes, by hash; one that is not stored is absent. */
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
      // Of its own: it must not keep, or bring to a thread, all that was read with it.
      const text = new Uint8Array(read)
      this.#texts.set(hash, text, text.length + ENTRY_BYTES)
      found.set(hash, text)
    }
    return found
  }
}
