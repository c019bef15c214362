/** Increased with each change of what is indexed of the same text. Indexes of older versions are rebuilt. */
export const INDEX_FORMAT = 15

/** A range of sorted terms with their postings, as stored. Opaque outside this folder. */
export interface PostingBlock {
  readonly firstTerm: string
  readonly data: Uint8Array
}

/** The blocks of text that contain each gram, a sequence of three characters. */
export interface GramIndex {
  /** Offsets of the slices of the data, and the text of each block. Opaque outside this folder. */
  readonly directory: Uint8Array
  readonly data: Uint8Array
}

/** An immutable inverted index over documents numbered from 0. */
export interface Segment {
  readonly documents: number
  /** Sum of the lengths of all documents, in weighted terms. */
  readonly tokens: number
  /** Encoded length of each document. Opaque outside this folder. */
  readonly lengths: Uint8Array
  readonly blocks: readonly PostingBlock[]
  readonly grams: GramIndex
}

/** The part of a chunk that the inverted index covers. */
export interface LexicalDocument {
  readonly path: string
  readonly language: string
  /** The chunk's innermost named definition, qualified by its owners: `Server.listen`. */
  readonly symbol?: string
  /** All names defined in the chunk, each qualified by its owners. */
  readonly definitions: readonly string[]
  /** Those of them that name a value instead of a function or type. */
  readonly values?: ReadonlySet<string>
  /** Those of them that only name a part of a type. They are found as written, and say nothing about the whole. */
  readonly parts?: ReadonlySet<string>
  /** Those whose body is elsewhere, and comes first. */
  readonly declared?: ReadonlySet<string>
  /** Keys of settings and data. What code defines comes first, and a single word finds them only with their owner. */
  readonly keys?: ReadonlySet<string>
  /** Number of functions and methods among them. */
  readonly functions?: number
  readonly text: string
}

/** Place of a token in a document: in its text, in the names of enclosing definitions, or in its path. */
export type TokenField = 'text' | 'symbol' | 'path'

/** Receives the tokens of documents as they are added, so that no other code needs to tokenize them. */
export interface TokenListener<Known = unknown> {
  /** Returns what to remember of a token with these terms. It is passed back with each occurrence. */
  know(terms: readonly string[]): Known
  hear(field: TokenField, known: Known): void
}

/** Builds a segment from documents, in order. */
export interface SegmentBuilder {
  /** Adds a document and returns its number in the segment. */
  add(document: LexicalDocument): number
  /** Adds the text of a file whose documents begin at `firstDocument`. The next text's documents come later. */
  addText(text: string, firstDocument: number): void
  build(): Segment
}
