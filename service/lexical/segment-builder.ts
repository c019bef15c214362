import { GramBuilder } from './grams/gram-builder.ts'
import type { LexicalDocument, Segment, SegmentBuilder, TokenField, TokenListener } from './index-format.ts'
import { encodeLengths } from './lengths.ts'
import { namesOfPath } from './path-names.ts'
import { BlockWriter, byUtf8Bytes } from './postings.ts'
import {
  analysed,
  definitionTerm,
  eachToken,
  exactDefinitionTerm,
  FUNCTIONS_TERM,
  looksLikeName,
  MAX_TOKEN_LENGTH,
  memberTerm,
  nameWordTerm,
  wordsOf,
} from './terms.ts'

/** Weight of an occurrence by its place. An occurrence in a name also counts in the text that contains it. */
export const WEIGHTS = { text: 1, symbol: 3, definition: 2, fileName: 3, folder: 2 } as const

/** Frequency of a definition's own term, in the chunk that is the definition and in one that contains it. */
export const DEFINES = { itself: 2, within: 1 } as const
/** Frequency of its name as written: for a top-level function or type, a member, a value. */
export const NAMES = { main: 3, member: 2, value: 1 } as const

/** Returns a builder for the segment of a batch of files. */
export function createSegmentBuilder(listener?: TokenListener): SegmentBuilder {
  return new Builder(listener)
}

/** A token's term numbers, how many of them count for the length, and what the listener remembers of it. */
interface KnownToken {
  readonly terms: Uint32Array
  readonly length: number
  readonly known: unknown
}

class Builder implements SegmentBuilder {
  readonly #termNumbers = new Map<string, number>()
  readonly #tokens = new Map<string, KnownToken>()
  readonly #nameWords = new Map<string, Uint32Array>()
  readonly #listener: TokenListener | undefined
  readonly #grams = new GramBuilder()
  readonly #lengths: number[] = []
  #totalLength = 0
  // An entry for each term of each document, in the order of documents.
  #terms = new Uint32Array(1 << 14)
  #documents = new Uint32Array(1 << 14)
  #frequencies = new Uint32Array(1 << 14)
  #entries = 0
  /** Each term's entry in the current document. */
  #entryOfTerm = new Uint32Array(1 << 12)
  #firstEntry = 0
  #length = 0

  constructor(listener: TokenListener | undefined) {
    this.#listener = listener
  }

  add(document: LexicalDocument): number {
    this.#firstEntry = this.#entries
    this.#length = 0
    eachToken(document.text, (token) => this.#count(token, WEIGHTS.text, 'text'))
    this.#addNames(document)
    this.#addPath(document.path)
    this.#totalLength += this.#length
    return this.#lengths.push(this.#length) - 1
  }

  addText(text: string, firstDocument: number): void {
    this.#grams.add(text, firstDocument)
  }

  build(): Segment {
    const sorted = [...this.#termNumbers.keys()].sort(byUtf8Bytes)
    const { starts, documents, frequencies } = this.#groupedByTerm()
    const writer = new BlockWriter()
    for (const term of sorted) {
      const number = this.#termNumbers.get(term) as number
      writer.add(term, documents, frequencies, starts[number] as number, starts[number + 1] as number)
    }
    return {
      documents: this.#lengths.length,
      tokens: this.#totalLength,
      lengths: encodeLengths(this.#lengths),
      blocks: writer.end(),
      grams: this.#grams.build(),
    }
  }

  #addNames(document: LexicalDocument): void {
    const { symbol, definitions, parts, functions = 0 } = document
    if (functions > 0) this.#countTerm(this.#numberOf(FUNCTIONS_TERM), functions)
    const own = symbol === undefined ? undefined : lastNames(symbol)[1]
    if (symbol !== undefined) eachToken(symbol, (token) => this.#count(token, WEIGHTS.symbol, 'symbol'))
    if (own !== undefined) {
      this.#countName(definitionTerm(own), DEFINES.itself)
      this.#addWordsOfName(own)
    }
    for (const qualified of definitions) {
      const name = this.#addWritten(qualified, document)
      if (name !== own && !parts?.has(qualified)) this.#addName(name)
    }
  }

  /** Counts a name as written, alone and with its owner. */
  #addWritten(qualified: string, { values, declared, keys }: LexicalDocument): string {
    const [owner, name] = lastNames(qualified)
    const part = owner === undefined ? 'main' : 'member'
    const isElsewhere = keys?.has(qualified) || declared?.has(qualified)
    if (owner !== undefined) this.#countName(memberTerm(owner, name), NAMES[isElsewhere ? 'value' : part])
    if (keys?.has(qualified)) this.#addKey(name)
    else this.#countName(exactDefinitionTerm(name), NAMES[values?.has(qualified) ? 'value' : part])
    return name
  }

  #addKey(name: string): void {
    if (looksLikeName(name)) this.#countName(definitionTerm(name), DEFINES.within)
  }

  #addName(name: string): void {
    this.#addWordsOfName(name)
    eachToken(name, (token) => this.#count(token, WEIGHTS.definition))
    this.#countName(definitionTerm(name), DEFINES.within)
  }

  /** Counts each word of the defined names once per document. */
  #addWordsOfName(name: string): void {
    eachToken(name, (token) => {
      let numbers = this.#nameWords.get(token)
      if (numbers === undefined) {
        numbers = Uint32Array.from(wordsOf(token), (word) => this.#numberOf(nameWordTerm(word)))
        this.#nameWords.set(token, numbers)
      }
      for (const number of numbers) if (!this.#isCounted(number)) this.#countTerm(number, 1)
    })
  }

  #countName(term: string, strength: number): void {
    if (term.length <= MAX_TERM_LENGTH) this.#countTerm(this.#numberOf(term), strength)
  }

  #addPath(path: string): void {
    const { folders, name } = namesOfPath(path)
    eachToken(name, (token) => this.#count(token, WEIGHTS.fileName, 'path'))
    eachToken(folders, (token) => this.#count(token, WEIGHTS.folder, 'path'))
  }

  #count(token: string, weight: number, field?: TokenField): void {
    let found = this.#tokens.get(token)
    if (found === undefined) {
      const { all, more } = analysed(token)
      const terms = Uint32Array.from(all, (term) => this.#numberOf(term))
      found = { terms, length: all.length - more.length, known: this.#listener?.know(token) }
      this.#tokens.set(token, found)
    }
    const { terms, length, known } = found
    this.#length += weight * length
    for (let at = 0; at < terms.length; at++) this.#countTerm(terms[at] as number, weight)
    if (field !== undefined) this.#listener?.hear(field, known)
  }

  #isCounted(term: number): boolean {
    return (this.#entryOfTerm[term] as number) > this.#firstEntry
  }

  #countTerm(term: number, weight: number): void {
    const entry = this.#entryOfTerm[term] as number
    if (this.#isCounted(term)) {
      this.#frequencies[entry - 1] = (this.#frequencies[entry - 1] as number) + weight
      return
    }
    if (this.#entries === this.#terms.length) this.#growEntries()
    this.#terms[this.#entries] = term
    this.#documents[this.#entries] = this.#lengths.length
    this.#frequencies[this.#entries] = weight
    this.#entryOfTerm[term] = ++this.#entries
  }

  #numberOf(term: string): number {
    const known = this.#termNumbers.get(term)
    if (known !== undefined) return known
    const number = this.#termNumbers.size
    this.#termNumbers.set(term, number)
    if (number >= this.#entryOfTerm.length) this.#entryOfTerm = doubled(this.#entryOfTerm)
    return number
  }

  #growEntries(): void {
    this.#terms = doubled(this.#terms)
    this.#documents = doubled(this.#documents)
    this.#frequencies = doubled(this.#frequencies)
  }

  /** Sorts the entries by term, by counting. Within a term, documents keep their order. */
  #groupedByTerm() {
    const ends = new Uint32Array(this.#termNumbers.size + 1)
    for (const term of this.#terms.subarray(0, this.#entries)) ends[term] = (ends[term] as number) + 1
    for (let term = 1; term < ends.length; term++) ends[term] = (ends[term] as number) + (ends[term - 1] as number)
    const starts = ends.slice()
    const documents = new Uint32Array(this.#entries)
    const frequencies = new Uint32Array(this.#entries)
    for (let entry = this.#entries - 1; entry >= 0; entry--) {
      const term = this.#terms[entry] as number
      const place = (starts[term] as number) - 1
      starts[term] = place
      documents[place] = this.#documents[entry] as number
      frequencies[place] = this.#frequencies[entry] as number
    }
    return { starts, documents, frequencies }
  }
}

const MAX_TERM_LENGTH = 2 * MAX_TOKEN_LENGTH

/** Returns the last names of a qualified one: its innermost owner's, if it has one, and its own. */
function lastNames(qualified: string): readonly [owner: string | undefined, name: string] {
  const end = separatorBefore(qualified, qualified.length)
  const name = qualified.slice(end + 1)
  return end < 0 ? [undefined, name] : [qualified.slice(separatorBefore(qualified, end) + 1, end), name]
}

const separatorBefore = (name: string, place: number) =>
  place === 0 ? -1 : Math.max(name.lastIndexOf('.', place - 1), name.lastIndexOf(':', place - 1))

function doubled(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * numbers.length)
  larger.set(numbers)
  return larger
}
