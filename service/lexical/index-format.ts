/** Rises with each change of what is indexed of the same text: what an older version indexed is indexed again. */
export const INDEX_FORMAT = 10

/** A run of sorted terms with their postings, as stored; opaque outside this folder. */
export interface PostingBlock {
  readonly firstTerm: string
  readonly data: Uint8Array
}

/** In which blocks of texts each gram, a run of three characters, is. */
export interface GramIndex {
  /** Where slices of the data begin, and of which text each block is; opaque outside this folder. */
  readonly directory: Uint8Array
  readonly data: Uint8Array
}

/** An immutable inverted index over documents numbered from 0. */
export interface Segment {
  readonly documents: number
  /** The sum of all documents' lengths, in weighted terms. */
  readonly tokens: number
  /** Each document's length, encoded; opaque outside this folder. */
  readonly lengths: Uint8Array
  readonly blocks: readonly PostingBlock[]
  readonly grams: GramIndex
}

/** What a chunk gives to the inverted index. */
export interface LexicalDocument {
  readonly path: string
  readonly language: string
  /** The chunk's innermost named definition, with its owners: `Server.listen`. */
  readonly symbol?: string
  /** All names defined inside the chunk, each with its owners as well. */
  readonly definitions: readonly string[]
  /** Those of them that name a value, and no function or type. */
  readonly values?: ReadonlySet<string>
  /** Those of them that only name a part of a type: they are found as they are written, and say nothing of the whole. */
  readonly parts?: ReadonlySet<string>
  readonly text: string
}

/** Where in a document a token is: in its text, in the names of what encloses it, or in its path. */
export type TokenField = 'text' | 'symbol' | 'path'

/** Hears of the tokens of documents while these are added, so that nobody has to cut them a second time. */
export interface TokenListener<Known = unknown> {
  /** What is kept of each different token, and given back with each of its occurrences. */
  know(token: string): Known
  hear(field: TokenField, known: Known): void
}

/** Collects documents, in order, into one segment. */
export interface SegmentBuilder {
  /** The number of the document in its segment. */
  add(document: LexicalDocument): number
  /** Adds the text of a file whose documents begin at `firstDocument`; those of the next text begin after it. */
  addText(text: string, firstDocument: number): void
  build(): Segment
}
