import type { Postings } from './postings.ts'

export interface Bm25Settings {
  /** Saturation of a term's repetitions: the higher, the later they stop counting. */
  readonly k1: number
  /** How much longer documents count less, 0 to 1. */
  readonly b: number
}

export const BM25: Bm25Settings = { k1: 4, b: 0.4 }

/** A query term with its postings in one segment. */
export interface TermInSegment {
  readonly postings: Postings
  /** Inverse document frequency times the weight in the query. */
  readonly weight: number
  /** Bit of the query word, or 0 for other terms. */
  readonly bit: number
  /** The word's share of the total weight of the query's words. */
  readonly share: number
  /** Whether a document's length matters. For a definition, it does not. */
  readonly byLength: boolean
}

/** One entry for each document of the segment. */
export interface SegmentScores {
  readonly scores: Float32Array
  /** Bits of the words in the document, and the sum of their shares. */
  readonly words: Uint32Array
  readonly coverage: Float32Array
}

/** Returns the weight of a term that `frequency` of `documents` documents contain. */
export function inverseDocumentFrequency(documents: number, frequency: number): number {
  return Math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))
}

/** BM25 of every document of a segment, added to `scores`; `averageLength` is over all segments searched. */
export function scoreSegment(
  lengths: Uint16Array,
  averageLength: number,
  terms: readonly TermInSegment[],
  settings: Bm25Settings = BM25,
  scores: SegmentScores = {
    scores: new Float32Array(lengths.length),
    words: new Uint32Array(lengths.length),
    coverage: new Float32Array(lengths.length),
  },
): SegmentScores {
  for (const term of terms) addTerm(scores, term, lengths, averageLength, settings)
  return scores
}

function addTerm(
  { scores, words, coverage }: SegmentScores,
  { postings, weight, bit, share, byLength }: TermInSegment,
  lengths: Uint16Array,
  averageLength: number,
  { k1, b }: Bm25Settings,
): void {
  const { documents, frequencies } = postings
  const fixed = byLength ? k1 * (1 - b) : k1
  const slope = byLength && averageLength > 0 ? (k1 * b) / averageLength : 0
  const scale = weight * (k1 + 1)
  for (let at = 0; at < documents.length; at++) {
    const document = documents[at] as number
    const frequency = frequencies[at] as number
    const norm = fixed + slope * (lengths[document] as number)
    scores[document] = (scores[document] as number) + (scale * frequency) / (frequency + norm)
    words[document] = (words[document] as number) | bit
    coverage[document] = (coverage[document] as number) + share
  }
}
