/** A range of bytes in the data of a gram index. */
export interface GramSlice {
  readonly number: number
  readonly firstGram: number
  readonly start: number
  readonly length: number
}

/** Tells where a gram is in the data of a gram index, and which text each block is from. */
export class GramDirectory {
  readonly #numbers: Uint32Array
  readonly #slices: number

  constructor(encoded: Uint8Array) {
    // A copy is aligned to four bytes.
    this.#numbers = new Uint32Array(new Uint8Array(encoded).buffer)
    this.#slices = this.#numbers[0] ?? 0
  }

  /** Number of slices. */
  get slices(): number {
    return this.#slices
  }

  /** Length of the data, in bytes. */
  get length(): number {
    return this.#numbers[1 + 2 * this.#slices] ?? 0
  }

  /** First document of each block's text. */
  get texts(): Uint32Array {
    return this.#numbers.subarray(2 * this.#slices + 2)
  }

  /** Returns the slice that may contain the gram, or undefined if no block has it. */
  sliceOf(gram: number): GramSlice | undefined {
    let [low, high] = [0, this.#slices]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#numbers[middle + 1] as number) <= gram) low = middle + 1
      else high = middle
    }
    return low === 0 ? undefined : this.slice(low - 1)
  }

  slice(number: number): GramSlice {
    const starts = 1 + this.#slices
    const start = this.#numbers[starts + number] as number
    const length = (this.#numbers[starts + number + 1] as number) - start
    return { number, firstGram: this.#numbers[number + 1] as number, start, length }
  }
}

/** Clears the bits of those `blocks` that lack the gram, given the slice that may contain it. */
export function keepBlocksOf(gram: number, data: Uint8Array, firstGram: number, blocks: Uint8Array): void {
  let at = 0
  let current = firstGram
  while (at < data.length) {
    const gap = varint()
    current += gap
    const length = varint()
    if (current < gram) {
      at += length
      continue
    }
    if (current > gram) break
    if (length === blocks.length) keepBits(data.subarray(at, at + length), blocks)
    else if (length > 0) keepGaps(data.subarray(at, at + length), blocks)
    return
  }
  blocks.fill(0)

  function varint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = data[at++] as number
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
}

function keepBits(bits: Uint8Array, blocks: Uint8Array): void {
  for (let at = 0; at < blocks.length; at++) blocks[at] = (blocks[at] as number) & (bits[at] as number)
}

function keepGaps(gaps: Uint8Array, blocks: Uint8Array): void {
  const kept = new Uint8Array(blocks.length)
  let block = 0
  for (let at = 0; at < gaps.length; block++) {
    for (let shift = 0; ; shift += 7) {
      const byte = gaps[at++] as number
      block += (byte & 127) << shift
      if (byte < 128) break
    }
    kept[block >>> 3] = (kept[block >>> 3] as number) | (1 << (block & 7))
  }
  keepBits(kept, blocks)
}
