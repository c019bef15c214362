import { BM25, type Bm25Settings, inverseDocumentFrequency, type SegmentScores, scoreSegment } from '../lexical/bm25.ts'
import type { Postings } from '../lexical/postings.ts'
import type { ParsedQuery } from '../lexical/query-terms.ts'
import { isDefinitionTerm } from '../lexical/terms.ts'
import type { TableFile, TableSegment } from './file-table.ts'
import type { ScoredChunk, WeighedWord } from './ranking.ts'

interface LexicalSettings extends Bm25Settings {
  /** How much of a chunk's score depends on how many of the query's words it holds, 0 to 1. */
  readonly coverage: number
}

const LEXICAL: LexicalSettings = { ...BM25, coverage: 0.5 }

const MAX_FILES = 300
const MAX_CHUNKS_OF_FILE = 20

/** The index as far as a query needs it. */
export interface LexicalIndex {
  readonly segments: readonly TableSegment[]
  lengths(segmentId: number): Uint16Array
  postings(segmentId: number, term: string): Postings
}

export interface LexicalAnswer {
  /** The best chunks of the best files, in no order. */
  readonly chunks: readonly ScoredChunk[]
  /** The words of the query, with their shares in what tells its answers from other chunks. */
  readonly words: readonly WeighedWord[]
}

interface WeighedTerm {
  readonly term: string
  readonly weight: number
  readonly bit: number
  readonly share: number
}

/** Scores all chunks of the visible files of the index. */
export function scoreChunks(index: LexicalIndex, query: ParsedQuery, settings = LEXICAL): LexicalAnswer {
  const documents = sum(index.segments, (segment) => segment.documents)
  const averageLength = sum(index.segments, (segment) => segment.tokens) / Math.max(1, documents)
  const rarity = (term: string) =>
    inverseDocumentFrequency(
      documents,
      sum(index.segments, ({ id }) => index.postings(id, term).documents.length),
    )
  const words = sharesOf(query.words.map((stem) => ({ stem, share: rarity(stem) })))
  const terms = query.terms.map(({ term, weight }): WeighedTerm => {
    const word = words.findIndex(({ stem }) => stem === term)
    const weighed = { term, weight: weight * rarity(term) }
    return word < 0 ? { ...weighed, bit: 0, share: 0 } : { ...weighed, bit: 1 << word, share: words[word]?.share ?? 0 }
  })
  const files = index.segments.flatMap((segment) => {
    const scores = scoreSegment(index.lengths(segment.id), averageLength, termsIn(index, segment.id, terms), settings)
    return segment.files.flatMap((file) => fileChunks(file, segment.id, scores, settings.coverage))
  })
  const best = files.sort((a, b) => b.best - a.best).slice(0, MAX_FILES)
  return { chunks: best.flatMap(({ chunks }) => chunks()), words }
}

function termsIn(index: LexicalIndex, segmentId: number, terms: readonly WeighedTerm[]) {
  return terms
    .map(({ term, ...rest }) => ({
      ...rest,
      postings: index.postings(segmentId, term),
      byLength: !isDefinitionTerm(term),
    }))
    .filter(({ postings }) => postings.documents.length > 0)
}

/** The best score of a file's chunks and, where the file is among the best, its best chunks. */
function fileChunks(file: TableFile, segmentId: number, { scores, words, coverage }: SegmentScores, share: number) {
  const first = file.row.firstDocument
  const end = first + file.row.documents
  const scoreOf = (document: number) =>
    (scores[document] as number) * (1 - share + share * Math.min(1, coverage[document] as number))
  let best = 0
  for (let document = first; document < end; document++) best = Math.max(best, scoreOf(document))
  if (best === 0) return []
  const chunks = () => {
    const found: ScoredChunk[] = []
    for (let document = first; document < end; document++) {
      const score = scoreOf(document)
      if (score > 0) found.push({ file, segmentId, document, score, words: words[document] as number })
    }
    return found.sort((a, b) => b.score - a.score).slice(0, MAX_CHUNKS_OF_FILE)
  }
  return [{ best, chunks }]
}

function sharesOf(words: readonly WeighedWord[]): WeighedWord[] {
  const total = sum(words, ({ share }) => share)
  return words.map(({ stem, share }) => ({ stem, share: total > 0 ? share / total : 0 }))
}

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0)
}
