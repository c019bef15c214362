import type { PostingBlock } from './index-format.ts'

const TARGET_BYTES = 4096
const MAX_FREQUENCY = 255

/** The documents with a term, in increasing order, and its weighted frequency in each. */
export interface Postings {
  readonly documents: Uint32Array
  readonly frequencies: Uint8Array
}

export const NO_POSTINGS: Postings = { documents: new Uint32Array(0), frequencies: new Uint8Array(0) }

/** Divides terms, added in the order of their UTF-8 bytes, into blocks. A block contains whole terms. */
export class BlockWriter {
  readonly #blocks: PostingBlock[] = []
  #bytes = Buffer.allocUnsafe(4 * TARGET_BYTES)
  #length = 0
  #firstTerm: string | undefined

  add(term: string, documents: Uint32Array, frequencies: Uint32Array, from: number, to: number): void {
    if (this.#length >= TARGET_BYTES) this.#endBlock()
    this.#firstTerm ??= term
    const termBytes = Buffer.byteLength(term)
    // A varint takes at most 5 bytes, and an occurrence takes two varints.
    this.#reserve(termBytes + 15 + 10 * (to - from))
    this.#varint(termBytes)
    this.#length += this.#bytes.write(term, this.#length)
    this.#varint(to - from)
    const sizeAt = this.#length
    this.#length += 4
    this.#occurrences(documents, frequencies, from, to)
    this.#bytes.writeUInt32LE(this.#length - sizeAt - 4, sizeAt)
  }

  end(): PostingBlock[] {
    this.#endBlock()
    return this.#blocks
  }

  #occurrences(documents: Uint32Array, frequencies: Uint32Array, from: number, to: number): void {
    let previous = -1
    for (let at = from; at < to; at++) {
      const document = documents[at] as number
      const frequency = Math.min(frequencies[at] as number, MAX_FREQUENCY)
      // The lowest bit says that the frequency is 1, the most common one, and is left out.
      const gap = (document - previous - 1) * 2
      this.#varint(frequency === 1 ? gap + 1 : gap)
      if (frequency !== 1) this.#varint(frequency)
      previous = document
    }
  }

  #varint(value: number): void {
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }

  #endBlock(): void {
    if (this.#firstTerm === undefined) return
    this.#blocks.push({
      firstTerm: this.#firstTerm,
      data: Uint8Array.prototype.slice.call(this.#bytes, 0, this.#length),
    })
    this.#firstTerm = undefined
    this.#length = 0
  }
}

/**
 * Compares in the order of Postgres' collation "C". It differs from UTF-16's only between surrogates and U+E000 and
 * above.
 */
export function byUtf8Bytes(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at)
    const b = right.charCodeAt(at)
    if (a !== b) return codePointOrder(a) - codePointOrder(b)
  }
  return left.length - right.length
}

function codePointOrder(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** Returns which block may contain the term, by the blocks' first terms, or -1 if the term sorts before all of them. */
export function blockWith(firstTerms: readonly string[], term: string): number {
  let low = 0
  let high = firstTerms.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (byUtf8Bytes(firstTerms[middle] as string, term) <= 0) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Where the block says that the term, in UTF-8, occurs; nowhere, if it does not hold the term. */
export function readPostings(data: Uint8Array, term: Uint8Array): Postings {
  const reader = new BlockReader(data)
  while (!reader.done) {
    if (reader.termIs(term)) return reader.postings()
    reader.skipPostings()
  }
  return NO_POSTINGS
}

/** Returns the block's terms with this prefix, in order. */
export function termsWithPrefix(data: Uint8Array, prefix: string): string[] {
  const reader = new BlockReader(data)
  const found: string[] = []
  while (!reader.done) {
    const term = reader.term()
    reader.skipPostings()
    if (term.startsWith(prefix)) found.push(term)
  }
  return found
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })

class BlockReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(data: Uint8Array) {
    this.#bytes = data
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  term(): string {
    const length = this.#varint()
    this.#at += length
    return UTF8.decode(this.#bytes.subarray(this.#at - length, this.#at))
  }

  /** Skips a term and returns whether it is the wanted one. */
  termIs(wanted: Uint8Array): boolean {
    const length = this.#varint()
    const start = this.#at
    this.#at += length
    if (length !== wanted.length) return false
    // From behind: terms that are neighbours begin alike.
    let left = length
    while (left > 0 && this.#bytes[start + left - 1] === wanted[left - 1]) left--
    return left === 0
  }

  postings(): Postings {
    const count = this.#varint()
    this.#at += 4
    const documents = new Uint32Array(count)
    const frequencies = new Uint8Array(count)
    let previous = -1
    for (let index = 0; index < count; index++) {
      const gap = this.#varint()
      previous += Math.floor(gap / 2) + 1
      documents[index] = previous
      frequencies[index] = gap % 2 === 1 ? 1 : this.#varint()
    }
    return { documents, frequencies }
  }

  skipPostings(): void {
    this.#varint()
    const [bytes, at] = [this.#bytes, this.#at]
    const size =
      (bytes[at] as number) +
      ((bytes[at + 1] as number) << 8) +
      ((bytes[at + 2] as number) << 16) +
      (bytes[at + 3] as number) * 2 ** 24
    this.#at += 4 + size
  }

  #varint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.#bytes[this.#at++] as number
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }
}
