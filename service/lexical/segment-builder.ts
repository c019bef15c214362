import { GramBuilder } from './grams/gram-builder.ts'
import type { LexicalDocument, Segment, SegmentBuilder, TokenField } from './index-format.ts'
import { encodeLengths } from './lengths.ts'
import { extended } from './numbers.ts'
import { namesOfPath } from './path-names.ts'
import { BlockWriter } from './postings.ts'
import {
  definitionTerm,
  exactDefinitionTerm,
  FUNCTIONS_TERM,
  looksLikeName,
  MAX_TOKEN_LENGTH,
  memberTerm,
} from './terms.ts'
import { Vocabulary } from './vocabulary.ts'

/** Weight of an occurrence by its place. An occurrence in a name also counts in the text that contains it. */
export const WEIGHTS = { text: 1, symbol: 3, definition: 2, fileName: 3, folder: 2 } as const

/** Frequency of a definition's own term, in the chunk that is the definition and in one that contains it. */
export const DEFINES = { itself: 2, within: 1 } as const
/** Frequency of its name as written: for a top-level function or type, a member, a value. */
export const NAMES = { main: 3, member: 2, value: 1 } as const

/** Returns a builder for the segment of a batch of files. Builders with the same vocabulary must not overlap. */
export function createSegmentBuilder(vocabulary = new Vocabulary()): SegmentBuilder {
  return new Builder(vocabulary)
}

class Builder implements SegmentBuilder {
  readonly #vocabulary: Vocabulary
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

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary
    vocabulary.beginSegment()
  }

  add(document: LexicalDocument): number {
    this.#firstEntry = this.#entries
    this.#length = 0
    this.#count(document.text, WEIGHTS.text, 'text')
    this.#addNames(document)
    this.#addPath(document.path)
    this.#totalLength += this.#length
    return this.#lengths.push(this.#length) - 1
  }

  addText(text: string, firstDocument: number): void {
    this.#grams.add(text, firstDocument)
  }

  build(): Segment {
    const { starts, documents, frequencies } = this.#groupedByTerm()
    const writer = new BlockWriter()
    for (const term of this.#sortedTerms()) {
      const [from, to] = [starts[term] as number, starts[term + 1] as number]
      writer.add(this.#vocabulary.termOf(term), documents, frequencies, from, to)
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
    if (functions > 0) this.#countTerm(this.#vocabulary.numberOf(FUNCTIONS_TERM), functions)
    const own = symbol === undefined ? undefined : lastNames(symbol)[1]
    if (symbol !== undefined) this.#count(symbol, WEIGHTS.symbol, 'symbol')
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
    this.#count(name, WEIGHTS.definition)
    this.#countName(definitionTerm(name), DEFINES.within)
  }

  /** Counts each word of the defined names once per document. */
  #addWordsOfName(name: string): void {
    for (const token of this.#vocabulary.tokensOf(name)) {
      for (const number of this.#vocabulary.wordsInName(token)) {
        if (!this.#isCounted(number)) this.#countTerm(number, 1)
      }
    }
  }

  #countName(term: string, strength: number): void {
    if (term.length <= MAX_TERM_LENGTH) this.#countTerm(this.#vocabulary.numberOf(term), strength)
  }

  #addPath(path: string): void {
    const { folders, name } = namesOfPath(path)
    this.#count(name, WEIGHTS.fileName, 'path')
    this.#count(folders, WEIGHTS.folder, 'path')
  }

  /** Counts the tokens of a text. */
  #count(text: string, weight: number, field?: TokenField): void {
    const vocabulary = this.#vocabulary
    const countTerm = (term: number) => this.#countTerm(term, weight)
    const tokens = vocabulary.tokensOf(text)
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at] as number
      this.#length += weight * vocabulary.lengthOf(token)
      vocabulary.eachTerm(token, countTerm)
      if (field !== undefined) vocabulary.listener?.hear(field, vocabulary.knownOf(token))
    }
  }

  #isCounted(term: number): boolean {
    return (this.#entryOfTerm[term] ?? 0) > this.#firstEntry
  }

  #countTerm(term: number, weight: number): void {
    if (term >= this.#entryOfTerm.length) this.#entryOfTerm = extended(this.#entryOfTerm, 2 * term)
    const entry = this.#entryOfTerm[term] as number
    if (entry > this.#firstEntry) {
      this.#frequencies[entry - 1] = (this.#frequencies[entry - 1] as number) + weight
      return
    }
    if (this.#entries === this.#terms.length) this.#growEntries()
    this.#terms[this.#entries] = term
    this.#documents[this.#entries] = this.#lengths.length
    this.#frequencies[this.#entries] = weight
    this.#entryOfTerm[term] = ++this.#entries
  }

  #growEntries(): void {
    const length = 2 * this.#entries
    this.#terms = extended(this.#terms, length)
    this.#documents = extended(this.#documents, length)
    this.#frequencies = extended(this.#frequencies, length)
  }

  /** Returns the numbers of the segment's terms, in the order of the terms. */
  #sortedTerms(): Uint32Array {
    const all = new Uint32Array(this.#vocabulary.size)
    let count = 0
    for (let term = 0; term < all.length; term++) if (this.#entryOfTerm[term]) all[count++] = term
    const terms = all.subarray(0, count)
    this.#vocabulary.sort(terms)
    return terms
  }

  /** Sorts the entries by term, by counting. Within a term, documents keep their order. */
  #groupedByTerm() {
    const ends = new Uint32Array(this.#vocabulary.size + 1)
    for (let entry = 0; entry < this.#entries; entry++) {
      const term = this.#terms[entry] as number
      ends[term] = (ends[term] as number) + 1
    }
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
