const BITS = 2 ** 21
const PROBES = 6
const HASH_START = 0x811c9dc5

/** A Bloom filter of the texts that are one token of a language model. About 1 % of other texts pass as well. */
export class Vocabulary {
  readonly bits: Uint8Array

  constructor(bits: Uint8Array = new Uint8Array(BITS / 8)) {
    this.bits = bits
  }

  add(token: string): void {
    let hash = HASH_START
    for (let at = 0; at < token.length; at++) hash = hashed(hash, token, at)
    for (const bit of probes(hash)) {
      const byte = bit >>> 3
      this.bits[byte] = (this.bits[byte] as number) | (1 << (bit & 7))
    }
  }

  /** Returns the end of the longest token at `from` with at most `most` characters, or `from` if there is none. */
  longestAt(text: string, from: number, most: number): number {
    let longest = from
    let hash = HASH_START
    for (let at = from; at < text.length && at < from + most; at++) {
      hash = hashed(hash, text, at)
      if (this.#holds(hash)) longest = at + 1
    }
    return longest
  }

  has(text: string): boolean {
    let hash = HASH_START
    for (let at = 0; at < text.length; at++) hash = hashed(hash, text, at)
    return this.#holds(hash)
  }

  #holds(hash: number): boolean {
    const first = mixed(hash)
    const step = stepOf(hash)
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = bitAt(first, step, probe)
      if (((this.bits[bit >>> 3] as number) & (1 << (bit & 7))) === 0) return false
    }
    return true
  }
}

function probes(hash: number): number[] {
  const first = mixed(hash)
  const step = stepOf(hash)
  return Array.from({ length: PROBES }, (_, probe) => bitAt(first, step, probe))
}

const bitAt = (first: number, step: number, probe: number) => ((first + Math.imul(probe, step)) >>> 0) & (BITS - 1)

// FNV-1a over UTF-16, with the end of MurmurHash3.
const hashed = (hash: number, text: string, at: number) => Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
const stepOf = (hash: number) => mixed(hash ^ 0x9e3779b9) | 1

function mixed(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
  return (second ^ (second >>> 16)) >>> 0
}
