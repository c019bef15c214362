/** What V8 takes for a value with its short strings, its place in a Map and a token, as measured with Node 24. */
const ENTRY_BYTES = 240
const STRING_BYTES = 48
/** V8 makes no string of its own of longer parts of a text: they keep the text. */
const LONGEST_COPIED = 12

/**
 * Keeps values of tokens, up to so many bytes. What was asked for since half of them were filled is kept over what was not.
 */
export class TokenMemory<Value> {
  readonly #maxBytes: number
  #recent = new Map<string, Value>()
  #older = new Map<string, Value>()
  #recentBytes = 0
  #olderBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** What is kept, in bytes; never more than was allowed. */
  get bytes(): number {
    return this.#recentBytes + this.#olderBytes
  }

  /** What is kept of a token, else what `make` gives; it holds so many strings as `stringsIn` counts. */
  get(token: string, make: (token: string) => Value, stringsIn: (value: Value) => number): Value {
    const recent = this.#recent.get(token)
    if (recent !== undefined) return recent
    const own = token.length > LONGEST_COPIED ? copied(token) : token
    const value = this.#older.get(token) ?? make(own)
    this.#keep(own, value, ENTRY_BYTES + STRING_BYTES * stringsIn(value) + 2 * token.length)
    return value
  }

  #keep(token: string, value: Value, bytes: number): void {
    if (2 * (this.#recentBytes + bytes) > this.#maxBytes) {
      this.#older = this.#recent
      this.#olderBytes = this.#recentBytes
      this.#recent = new Map()
      this.#recentBytes = 0
    }
    this.#recent.set(token, value)
    this.#recentBytes += bytes
  }
}

const copied = (text: string) => Buffer.from(text, 'utf16le').toString('utf16le')
