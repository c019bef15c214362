import type { TokenListener } from './index-format.ts'
import { extended } from './numbers.ts'
import { byUtf8Bytes } from './postings.ts'
import { eachRun, nameWordTerm, termsOfToken } from './terms.ts'
import { kept } from './token-memory.ts'

/** Memory of a token and of a term, with their characters and their places in tables. Measured with Node 24. */
const TOKEN_BYTES = 190
const TERM_BYTES = 150
/** Size beyond which everything is forgotten, in bytes. */
const MOST_BYTES = 40 * 2 ** 20

/**
 * Numbers the tokens and terms that a thread meets. It finds a known token in a text without making a string of it,
 * which would cost more than to count it.
 */
export class Vocabulary {
  readonly listener: TokenListener | undefined
  readonly #maxBytes: number
  readonly #terms: string[] = []
  readonly #sortKeys: number[] = []
  readonly #numbers = new Map<string, number>()
  readonly #tokens: string[] = []
  readonly #hashes: number[] = []
  /** Hash table of tokens, with their numbers plus 1, or 0 in free places. */
  #places = new Uint32Array(1 << 12)
  /** The numbers of all tokens' terms, one token after the other, and where they begin. */
  readonly #termsOfTokens: number[] = []
  readonly #starts = [0]
  readonly #lengths: number[] = []
  readonly #known: unknown[] = []
  readonly #wordsInNames: (Uint32Array | undefined)[] = []
  #found = new Uint32Array(1 << 10)

  constructor(listener?: TokenListener, maxBytes = MOST_BYTES) {
    this.listener = listener
    this.#maxBytes = maxBytes
  }

  /** Number of terms. */
  get size(): number {
    return this.#terms.length
  }

  /** Forgets everything if that takes too much memory. Numbers are valid until the next call. */
  beginSegment(): void {
    const bytes = TOKEN_BYTES * this.#tokens.length + TERM_BYTES * this.#terms.length
    if (bytes <= this.#maxBytes) return
    for (const list of [this.#terms, this.#sortKeys, this.#tokens, this.#hashes, this.#termsOfTokens]) list.length = 0
    for (const list of [this.#lengths, this.#known, this.#wordsInNames]) list.length = 0
    this.#starts.length = 1
    this.#numbers.clear()
    this.#places = new Uint32Array(1 << 12)
  }

  /** Returns the numbers of a text's tokens, in order. They are valid until the next call. */
  tokensOf(text: string): Uint32Array {
    let count = 0
    eachRun(text, (start, end, hash) => {
      if (count === this.#found.length) this.#found = extended(this.#found, 2 * count)
      this.#found[count++] = this.#numberAt(text, start, end, hash)
    })
    return this.#found.subarray(0, count)
  }

  /** Calls `visit` with the number of each of a token's terms. */
  eachTerm(token: number, visit: (term: number) => void): void {
    const end = this.#starts[token + 1] as number
    for (let at = this.#starts[token] as number; at < end; at++) visit(this.#termsOfTokens[at] as number)
  }

  /** Returns how many of a token's terms count for the length of a document. */
  lengthOf(token: number): number {
    return this.#lengths[token] as number
  }

  /** Returns what the listener remembers of a token. */
  knownOf(token: number): unknown {
    return this.#known[token]
  }

  /** Returns the numbers of the terms that a token has in the name of a definition. */
  wordsInName(token: number): Uint32Array {
    const known = this.#wordsInNames[token]
    if (known !== undefined) return known
    const { words } = termsOfToken(this.#tokens[token] as string)
    const numbers = Uint32Array.from(words, (word) => this.numberOf(nameWordTerm(word)))
    this.#wordsInNames[token] = numbers
    return numbers
  }

  numberOf(term: string): number {
    const known = this.#numbers.get(term)
    if (known !== undefined) return known
    const number = this.#terms.length
    this.#terms.push(term)
    this.#sortKeys.push(sortKeyOf(term))
    this.#numbers.set(term, number)
    return number
  }

  termOf(number: number): string {
    return this.#terms[number] as string
  }

  /** Sorts the numbers of terms by the terms' UTF-8 bytes. */
  sort(numbers: Uint32Array): void {
    const [terms, keys] = [this.#terms, this.#sortKeys]
    numbers.sort((one, other) => {
      const [first, second] = [keys[one] as number, keys[other] as number]
      if (first !== second) return first < second ? -1 : 1
      return byUtf8Bytes(terms[one] as string, terms[other] as string)
    })
  }

  #numberAt(text: string, start: number, end: number, hash: number): number {
    const mask = this.#places.length - 1
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const token = (this.#places[place] as number) - 1
      if (token < 0) return this.#add(kept(text.slice(start, end)), hash, place)
      if (this.#hashes[token] === hash && isAt(text, start, end, this.#tokens[token] as string)) return token
    }
  }

  #add(token: string, hash: number, place: number): number {
    const { all, more } = termsOfToken(token)
    for (const term of all) this.#termsOfTokens.push(this.numberOf(term))
    this.#starts.push(this.#termsOfTokens.length)
    this.#lengths.push(all.length - more.length)
    this.#known.push(this.listener?.know(more.length === 0 ? all : all.slice(0, -more.length)))
    this.#wordsInNames.push(undefined)
    this.#hashes.push(hash)
    this.#places[place] = this.#tokens.push(token)
    if (2 * this.#tokens.length > this.#places.length) this.#growTable()
    return this.#tokens.length - 1
  }

  #growTable(): void {
    const larger = new Uint32Array(2 * this.#places.length)
    const mask = larger.length - 1
    for (const [token, hash] of this.#hashes.entries()) {
      let place = hash & mask
      while (larger[place] !== 0) place = (place + 1) & mask
      larger[place] = token + 1
    }
    this.#places = larger
  }
}

function isAt(text: string, start: number, end: number, token: string): boolean {
  if (token.length !== end - start) return false
  for (let at = start; at < end; at++) if (text.charCodeAt(at) !== token.charCodeAt(at - start)) return false
  return true
}

const KEY_UNITS = 7
const BEYOND_ASCII = 127

/** Returns a number that orders terms by their first characters, as their UTF-8 bytes do. */
function sortKeyOf(term: string): number {
  let key = 0
  let left = KEY_UNITS
  for (let at = 0, code = 0; at < term.length && left > 0 && code < BEYOND_ASCII; at++, left--) {
    code = Math.min(term.charCodeAt(at), BEYOND_ASCII)
    key = key * (BEYOND_ASCII + 1) + code
  }
  return key * (BEYOND_ASCII + 1) ** left
}
