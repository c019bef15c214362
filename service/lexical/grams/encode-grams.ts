import type { GramIndex } from '../index-format.ts'

/** The grams of consecutive blocks. */
export interface BlockGrams {
  /** The distinct grams of each block, in any order. */
  readonly grams: Uint32Array
  /** End of each block in `grams`. */
  readonly ends: readonly number[]
  /** First document of each block's text. */
  readonly texts: readonly number[]
}

const SLICE_BYTES = 2048
const DIGIT_BITS = 12

/**
 * Encodes the blocks of each gram. An entry is the distance to the previous gram, the length of its postings in bytes,
 * and the postings: the gaps between its blocks, or a bit for each block if that is not longer, or nothing if the gram
 * is in half of all blocks or more.
 */
export function encodeGrams({ grams, ends, texts }: BlockGrams): GramIndex {
  const sorted = sortedByGram(grams, ends)
  const bitmap = new Uint8Array(Math.ceil(texts.length / 8))
  const writer = new SliceWriter()
  for (let from = 0; from < grams.length; ) {
    const gram = sorted.grams[from] as number
    let to = from + 1
    while (to < grams.length && sorted.grams[to] === gram) to++
    writer.begin(gram, bitmap.length)
    if (2 * (to - from) >= texts.length) writer.everywhere()
    else if (!writer.gaps(sorted.blocks, from, to, bitmap.length)) writer.bits(sorted.blocks, from, to, bitmap)
    from = to
  }
  const { data, firstGrams, starts } = writer.end()
  return { directory: encodeDirectory(firstGrams, starts, texts), data }
}

/** Sorts by counting, digit by digit. Within a gram, blocks keep their order. */
function sortedByGram(grams: Uint32Array, ends: readonly number[]) {
  let from = { grams, blocks: blocksOf(ends, grams.length) }
  for (let shift = 0; shift < 24; shift += DIGIT_BITS) {
    const places = new Uint32Array((1 << DIGIT_BITS) + 1)
    const digit = (gram: number) => (gram >>> shift) & ((1 << DIGIT_BITS) - 1)
    for (let at = 0; at < grams.length; at++) {
      const place = digit(from.grams[at] as number) + 1
      places[place] = (places[place] as number) + 1
    }
    for (let at = 1; at < places.length; at++) places[at] = (places[at] as number) + (places[at - 1] as number)
    const to = { grams: new Uint32Array(grams.length), blocks: new Uint32Array(grams.length) }
    for (let at = 0; at < grams.length; at++) {
      const gram = from.grams[at] as number
      const place = places[digit(gram)] as number
      places[digit(gram)] = place + 1
      to.grams[place] = gram
      to.blocks[place] = from.blocks[at] as number
    }
    from = to
  }
  return from
}

function blocksOf(ends: readonly number[], entries: number): Uint32Array<ArrayBuffer> {
  const blocks = new Uint32Array(entries)
  let start = 0
  for (const [block, end] of ends.entries()) {
    blocks.fill(block, start, end)
    start = end
  }
  return blocks
}

function encodeDirectory(
  firstGrams: readonly number[],
  starts: readonly number[],
  texts: readonly number[],
): Uint8Array {
  return new Uint8Array(Uint32Array.of(firstGrams.length, ...firstGrams, ...starts, ...texts).buffer)
}

class SliceWriter {
  readonly #firstGrams: number[] = []
  readonly #starts: number[] = []
  #bytes = new Uint8Array(1 << 16)
  #length = 0
  #gram = 0

  begin(gram: number, bytes: number): void {
    if (this.#length + bytes + 16 > this.#bytes.length) this.#grow(bytes)
    if (this.#starts.length === 0 || this.#length - (this.#starts.at(-1) as number) >= SLICE_BYTES) {
      this.#firstGrams.push(gram)
      this.#starts.push(this.#length)
      this.#gram = gram
    }
    this.#varint(gram - this.#gram)
    this.#gram = gram
  }

  everywhere(): void {
    this.#varint(0)
  }

  /** Writes gaps if they take less than `limit` bytes, and returns whether they do. */
  gaps(blocks: Uint32Array, from: number, to: number, limit: number): boolean {
    if (to - from >= limit) return false
    let bytes = 0
    for (let at = from, next = 0; at < to; at++) {
      bytes += bytesOfVarint((blocks[at] as number) - next)
      next = (blocks[at] as number) + 1
    }
    if (bytes >= limit) return false
    this.#varint(bytes)
    for (let at = from, next = 0; at < to; at++) {
      this.#varint((blocks[at] as number) - next)
      next = (blocks[at] as number) + 1
    }
    return true
  }

  bits(blocks: Uint32Array, from: number, to: number, bitmap: Uint8Array): void {
    bitmap.fill(0)
    for (let at = from; at < to; at++) {
      const block = blocks[at] as number
      bitmap[block >>> 3] = (bitmap[block >>> 3] as number) | (1 << (block & 7))
    }
    this.#varint(bitmap.length)
    this.#bytes.set(bitmap, this.#length)
    this.#length += bitmap.length
  }

  end() {
    this.#starts.push(this.#length)
    return { data: this.#bytes.slice(0, this.#length), firstGrams: this.#firstGrams, starts: this.#starts }
  }

  #varint(value: number): void {
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#bytes[this.#length++] = rest
  }

  #grow(bytes: number): void {
    const larger = new Uint8Array(2 * (this.#length + bytes + 16))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

function bytesOfVarint(value: number): number {
  if (value < 1 << 7) return 1
  if (value < 1 << 14) return 2
  return value < 1 << 21 ? 3 : 4
}
