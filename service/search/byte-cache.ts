// What V8 takes for an entry of a Map, the object in it and a short key, as measured with Node 24.
const ENTRY_BYTES = 160
/** How full it is when it has let go: a Map steps over all that was deleted from it to find its oldest entry. */
const FULL = 0.95

/** Keeps what was used last, up to so many bytes; each entry counts with what it takes itself. */
export class ByteCache<Key, Value> {
  readonly #entries = new Map<Key, { readonly value: Value; readonly bytes: number }>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** What is kept, in bytes; never more than was allowed. */
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

  #remove(key: Key): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }
}
