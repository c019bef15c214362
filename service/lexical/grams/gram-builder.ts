import type { GramIndex } from '../index-format.ts'
import { encodeGrams } from './encode-grams.ts'
import { BREAK, casedSymbol, FOREIGN, SYMBOLS } from './symbols.ts'

/** UTF-16 units of a block. It then ends at the next line end. */
const BLOCK_UNITS = 8 * 1024
const GRAMS = 1 << 24

/** Builds the gram index of a segment from the grams of texts, block by block. */
export class GramBuilder {
  readonly #texts: number[] = []
  /** End of each block in the entries. */
  readonly #ends: number[] = []
  #grams = new Uint32Array(1 << 16)
  #entries = 0
  /** Bit set of the current block's grams. */
  readonly #seen = new Uint32Array(GRAMS / 32)

  /** Adds a text, by its first document. Documents must increase from text to text. */
  add(text: string, document: number): void {
    for (let start = 0; start < text.length; ) {
      const end = endOfBlock(text, start)
      this.#addBlock(text.slice(start, end))
      this.#texts.push(document)
      this.#ends.push(this.#entries)
      start = end
    }
  }

  build(): GramIndex {
    return encodeGrams({ grams: this.#grams.subarray(0, this.#entries), ends: this.#ends, texts: this.#texts })
  }

  /** Patterns with accents are matched against composed text, all others against the text as it is. */
  #addBlock(text: string): void {
    const first = this.#entries
    this.#addGrams(text)
    const composed = text.normalize()
    if (composed !== text) this.#addGrams(composed)
    for (let entry = first; entry < this.#entries; entry++) this.#seen[(this.#grams[entry] as number) >>> 5] = 0
  }

  #addGrams(text: string): void {
    if (this.#entries + 3 * text.length > this.#grams.length) this.#grow(3 * text.length)
    let last = BREAK
    let gram = 0
    let cased = 0
    let length = 0
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      const symbol = SYMBOLS[unit] as number
      if (symbol === BREAK) {
        length = 0
        last = BREAK
        continue
      }
      gram = ((gram << 8) | symbol) & (GRAMS - 1)
      cased = ((cased << 8) | casedSymbol(unit)) & (GRAMS - 1)
      if (++length >= 3) {
        this.#take(gram)
        if (cased !== gram) this.#take(cased)
      }
      if (symbol >= FOREIGN && last >= FOREIGN) this.#take(gram & 0xffff)
      last = symbol
    }
  }

  #take(gram: number): void {
    const word = gram >>> 5
    const bit = 1 << (gram & 31)
    const seen = this.#seen[word] as number
    if ((seen & bit) !== 0) return
    this.#seen[word] = seen | bit
    this.#grams[this.#entries++] = gram
  }

  #grow(more: number): void {
    const larger = new Uint32Array(2 * (this.#entries + more))
    larger.set(this.#grams.subarray(0, this.#entries))
    this.#grams = larger
  }
}

/** Blocks contain whole lines, so that a match within a line is within a block. */
function endOfBlock(text: string, start: number): number {
  if (text.length - start <= BLOCK_UNITS * 1.5) return text.length
  const newline = text.indexOf('\n', start + BLOCK_UNITS)
  return newline < 0 ? text.length : newline + 1
}
