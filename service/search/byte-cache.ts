// Memory of an entry of a Map in V8 with its object and a short key, measured with Node 24.
const ENTRY_BYTES = 160
/** How full the cache is after evicting: to find its oldest entry, a Map steps over all deleted ones. */
const FULL = 0.95

/** A value to cache. `bytes` is its memory besides its entry in the cache. */
export interface SizedEntry<Key, Value> {
  readonly key: Key
  readonly value: Value
  readonly bytes: number
}

/** Keeps the most recently used entries, up to a number of bytes. Each entry counts with its own size. */
export class ByteCache<Key, Value> {
  readonly #entries = new Map<Key, { readonly value: Value; readonly bytes: number }>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Size of the entries, in bytes. Never exceeds the limit. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  set(key: Key, value: Value, bytes: number): void {
    this.#remove(key)
    this.#entries.set(key, { value, bytes: bytes + ENTRY_BYTES })
    this.#bytes += bytes + ENTRY_BYTES
    if (this.#bytes <= this.#maxBytes) return
    for (const oldest of this.#entries.keys()) {
      this.#remove(oldest)
      if (this.#bytes <= FULL * this.#maxBytes) return
    }
  }

  /**
   * Returns the values of the keys. `read` gets those keys that are not cached, all at once, and is not called if there
   * are none. Keys for which it returns no entry are left out.
   */
  async getOrRead(
    keys: Iterable<Key>,
    read: (missing: Key[]) => Promise<Iterable<SizedEntry<Key, Value>>>,
  ): Promise<Map<Key, Value>> {
    const found = new Map<Key, Value>()
    const missing: Key[] = []
    for (const key of keys) {
      const value = this.get(key)
      if (value === undefined) missing.push(key)
      else found.set(key, value)
    }
    for (const { key, value, bytes } of missing.length === 0 ? [] : await read(missing)) {
      this.set(key, value, bytes)
      found.set(key, value)
    }
    return found
  }

  #remove(key: Key): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }
}
