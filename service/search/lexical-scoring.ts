import { BM25, type Bm25Settings, inverseDocumentFrequency, type SegmentScores, scoreSegment } from '../lexical/bm25.ts'
import type { Postings } from '../lexical/postings.ts'
import type { ParsedQuery, WantedDefinition } from '../lexical/query-terms.ts'
import { NAMES } from '../lexical/segment-builder.ts'
import { FUNCTIONS_TERM, isDefinitionTerm, nameWordTerm } from '../lexical/terms.ts'
import type { TableSegment } from './file-table.ts'
import { inTurns } from './in-turns.ts'
import type { WeighedWord } from './ranking.ts'
import type { Workspace } from './workspace.ts'

interface LexicalSettings extends Bm25Settings {
  /** How much of a chunk's score depends on the number of query words in it, 0 to 1. */
  readonly coverage: number
}

const LEXICAL: LexicalSettings = { ...BM25, coverage: 0.5 }

/** Scores of a segment's documents by words. */
export interface ScoredDocuments {
  readonly scores: Float32Array
  /** A bit for each query word in the document. */
  readonly words: Uint32Array
  /** A bit for each query word in the name of a definition in the document. */
  readonly named: Uint32Array
  /** Number of functions and methods that begin in the document. */
  readonly functions: Float32Array
}

/** The part of the index that a query needs. */
export interface LexicalIndex {
  readonly segments: readonly TableSegment[]
  lengths(segmentId: number): Uint16Array
  postings(segmentId: number, term: string): Postings
}

export interface LexicalAnswer {
  /** For each segment, an entry per document. 0 if it contains no query word. */
  readonly segments: ReadonlyMap<number, ScoredDocuments>
  /** The query's words, with the share of each in their total weight. */
  readonly words: readonly WeighedWord[]
  /** Documents that define the single name in the query, by segment, and how close their names are. */
  readonly definitions: ReadonlyMap<number, ReadonlyMap<number, number>>
  /** Documents that contain that name, by segment. */
  readonly uses: ReadonlyMap<number, Uint32Array>
}

/** How well a definition's name matches the wanted one, best last. */
const DEFINED = { normally: 1, exactly: 2, asMemberOfType: 3, asMember: 4 } as const
/** Added for a top-level function or type, and for a member. */
const NEARER = { main: 0.06, member: 0.03 } as const

/** Whether only values have the name, and no function or type. */
export const isValue = (defined: number) => defined % 1 < NEARER.member

interface WeighedTerm {
  readonly term: string
  readonly weight: number
  readonly bit: number
  readonly share: number
}

/** Scores all chunks of the visible files of the index; what they score lies in the workspace. */
export async function scoreChunks(
  index: LexicalIndex,
  query: ParsedQuery,
  workspace: Workspace,
): Promise<LexicalAnswer> {
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
  const segments = new Map<number, ScoredDocuments>()
  const score = (segment: TableSegment) => {
    const lengths = index.lengths(segment.id)
    const scored = scoreSegment(lengths, averageLength, termsIn(index, segment.id, terms), LEXICAL, {
      scores: workspace.floats(lengths.length),
      words: workspace.bits(lengths.length),
      coverage: workspace.floats(lengths.length),
    })
    const named = workspace.bits(segment.documents)
    noteNames(named, index, segment.id, query.words)
    const functions = workspace.floats(segment.documents)
    noteFunctions(functions, index.postings(segment.id, FUNCTIONS_TERM))
    const scores = covered(scored, LEXICAL.coverage)
    segments.set(segment.id, { scores, words: scored.words, named, functions })
  }
  await inTurns(index.segments, score, { atOnce: 1 })
  return { segments, words, definitions: definitionsIn(index, query.wanted), uses: usesIn(index, query.wanted?.used) }
}

function noteNames(named: Uint32Array, index: LexicalIndex, segmentId: number, words: readonly string[]): void {
  words.forEach((word, at) => {
    for (const document of index.postings(segmentId, nameWordTerm(word)).documents) {
      named[document] = (named[document] as number) | (1 << at)
    }
  })
}

function noteFunctions(functions: Float32Array, { documents, frequencies }: Postings): void {
  for (let at = 0; at < documents.length; at++) functions[documents[at] as number] = frequencies[at] as number
}

function definitionsIn(index: LexicalIndex, wanted: WantedDefinition | undefined): LexicalAnswer['definitions'] {
  if (wanted === undefined) return new Map()
  const places = (term: string) => sum(index.segments, ({ id }) => index.postings(id, term).documents.length)
  const isUnique = places(wanted.exact) === 1
  const found = index.segments.map(({ id }): [number, ReadonlyMap<number, number>] => {
    const ofSegment = new Map<number, number>()
    const note = (term: string | undefined, as: number) => {
      if (term === undefined) return
      const { documents, frequencies } = index.postings(id, term)
      for (const [at, document] of documents.entries()) ofSegment.set(document, as + nearer(frequencies[at] as number))
    }
    // The frequencies of these terms do not encode a kind.
    for (const document of index.postings(id, wanted.normal).documents) ofSegment.set(document, DEFINED.normally)
    // If several definitions have the name as written, an inner one may be meant.
    if (!isUnique) note(wanted.inner, DEFINED.exactly)
    note(wanted.exact, DEFINED.exactly)
    note(wanted.memberOfType, DEFINED.asMemberOfType)
    note(wanted.member, DEFINED.asMember)
    return [id, ofSegment]
  })
  return new Map(found.filter(([, ofSegment]) => ofSegment.size > 0))
}

function usesIn(index: LexicalIndex, term: string | undefined): LexicalAnswer['uses'] {
  if (term === undefined) return new Map()
  return new Map(index.segments.map(({ id }) => [id, index.postings(id, term).documents]))
}

function nearer(frequency: number): number {
  if (frequency >= NAMES.main) return NEARER.main
  return frequency >= NAMES.member ? NEARER.member : 0
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

/** Returns the scores, of which `share` depends on the number of query words in the document. */
function covered({ scores, coverage }: SegmentScores, share: number): Float32Array {
  for (let document = 0; document < scores.length; document++) {
    const score = scores[document] as number
    if (score > 0) scores[document] = score * (1 - share + share * Math.min(1, coverage[document] as number))
  }
  return scores
}

function sharesOf(words: readonly WeighedWord[]): WeighedWord[] {
  const total = sum(words, ({ share }) => share)
  return words.map(({ stem, share }) => ({ stem, share: total > 0 ? share / total : 0 }))
}

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0)
}
