import type { ParsedQuery } from '../lexical/query-terms.ts'
import { bestDefinitions } from './definitions.ts'
import type { TableFile, TableSegment } from './file-table.ts'
import type { LexicalAnswer, ScoredDocuments } from './lexical-scoring.ts'
import { CHUNKS_COUNTED, type ScoredChunk } from './ranking.ts'
import type { Likeness } from './semantic/likeness.ts'

/**
 * Learned on the public questions about files and on doc sentences about functions, cross-validated over repositories;
 * docs/benchmarks.md says what each is worth.
 */
export interface JoinSettings {
  /** How much likeness counts beside words for a file, 0 to 1: in a question, and where things in code are named. */
  readonly inQuestion: number
  readonly inName: number
  /** How sharply a file's best chunk stands out from its others, by words and by likeness. */
  readonly wordsContrast: number
  readonly likenessContrast: number
}

export const JOIN: JoinSettings = { inQuestion: 0.2, inName: 0.07, wordsContrast: 1.75, likenessContrast: 0.6 }

/** What both legs found, to be ranked. */
export interface Joined {
  readonly chunks: readonly ScoredChunk[]
  /** How much likeness counts for a file beside words, 0 to 1. */
  readonly likenessWeight: number
}

const FILES_BY_WORDS = 150
const FILES_BY_LIKENESS = 75

/** A file with the best of its chunks, by words and by likeness. */
interface Candidate {
  readonly file: TableFile
  readonly segmentId: number
  readonly words: number
  readonly likeness: number
}

interface Scores {
  readonly lexical: ScoredDocuments | undefined
  readonly likeness: Float32Array | undefined
}

/**
 * The chunks of the files that either leg holds for good ones, each scored by both, beside the best of all. For a file both
 * are ranked as a whole and then weighed; against the file's other chunks, what a chunk scores multiplies: a file wants
 * coverage, a chunk contrast.
 */
export function joinLegs(
  segments: readonly TableSegment[],
  lexical: LexicalAnswer,
  likenesses: readonly Likeness[],
  query: ParsedQuery,
  settings = JOIN,
): Joined {
  const scores = new Map(
    segments.map(({ id }): [number, Scores] => [
      id,
      { lexical: lexical.segments.get(id), likeness: meanOf(likenesses, id) },
    ]),
  )
  const candidates = segments.flatMap(({ id, files }) => bestOf(id, files, scores.get(id)))
  const definitions = bestDefinitions(segments, lexical, query)
  const topWords = candidates.reduce((top, { words }) => Math.max(top, words), 0)
  const topLikeness = candidates.reduce((top, { likeness }) => Math.max(top, likeness), 0)
  const contrast = contrastWith({ topWords, topLikeness }, settings)
  const learned = query.isName ? settings.inName : settings.inQuestion
  return {
    chunks: chosen(candidates, definitions).flatMap((each) =>
      chunksOf(each, { scores: scores.get(each.segmentId), contrast, defining: definitions.get(each.file) ?? [] }),
    ),
    likenessWeight: topLikeness === 0 ? 0 : topWords === 0 ? 1 : learned,
  }
}

interface Tops {
  readonly topWords: number
  readonly topLikeness: number
}

/** A chunk's shares of what the best of all scores, and what it counts against the file's other chunks. */
type Contrast = (words: number, likeness: number) => Required<Pick<ScoredChunk, 'score' | 'likeness' | 'contrast'>>

function contrastWith({ topWords, topLikeness }: Tops, settings: JoinSettings): Contrast {
  return (words, like) => {
    const score = topWords > 0 ? words / topWords : 0
    const likeness = topLikeness > 0 ? Math.max(0, like) / topLikeness : 0
    const contrast = Math.exp(settings.wordsContrast * Math.sqrt(score) + settings.likenessContrast * likeness)
    return { score, likeness, contrast }
  }
}

/** The mean over the models; a chunk that one has no vector of counts by the others. */
function meanOf(likenesses: readonly Likeness[], segmentId: number): Float32Array | undefined {
  const [first, ...others] = likenesses.flatMap((likeness) => likeness.of(segmentId) ?? [])
  if (first === undefined || others.length === 0) return first
  const mean = new Float32Array(first.length)
  for (let document = 0; document < mean.length; document++) {
    let sum = first[document] as number
    let count = sum === 0 ? 0 : 1
    for (const other of others) {
      const more = other[document] as number
      if (more === 0) continue
      sum += more
      count++
    }
    mean[document] = count > 1 ? sum / count : sum
  }
  return mean
}

function bestOf(segmentId: number, files: readonly TableFile[], scores: Scores | undefined): Candidate[] {
  const byWords = scores?.lexical?.scores
  const byLikeness = scores?.likeness
  const found: Candidate[] = []
  for (const file of files) {
    const { firstDocument, documents } = file.row
    const words = highest(byWords, firstDocument, documents)
    const likeness = highest(byLikeness, firstDocument, documents)
    if (words > 0 || likeness > 0) found.push({ file, segmentId, words, likeness })
  }
  return found
}

function highest(values: Float32Array | undefined, from: number, count: number): number {
  let most = 0
  if (values === undefined) return most
  for (let at = from; at < from + count; at++) if ((values[at] as number) > most) most = values[at] as number
  return most
}

function chosen(candidates: readonly Candidate[], definitions: ReadonlyMap<TableFile, readonly number[]>): Candidate[] {
  const byWords = candidates.filter(({ words }) => words > 0).sort((a, b) => b.words - a.words)
  const byLikeness = candidates.filter(({ likeness }) => likeness > 0).sort((a, b) => b.likeness - a.likeness)
  const defining = byWords.filter(({ file }) => definitions.has(file)).slice(0, FILES_BY_WORDS)
  return [...new Set([...defining, ...byWords.slice(0, FILES_BY_WORDS), ...byLikeness.slice(0, FILES_BY_LIKENESS)])]
}

interface OfFile {
  readonly scores: Scores | undefined
  readonly contrast: Contrast
  /** The documents that define what the query asks for. */
  readonly defining: readonly number[]
}

function chunksOf({ file, segmentId }: Candidate, { scores, contrast, defining }: OfFile): ScoredChunk[] {
  const { firstDocument, documents } = file.row
  const wordsOf = (document: number) => scores?.lexical?.scores[document] ?? 0
  const likenessOf = (document: number) => scores?.likeness?.[document] ?? 0
  const all = Array.from({ length: documents }, (_, at) => firstDocument + at)
  const best = (scoreOf: (document: number) => number) =>
    all
      .filter((document) => scoreOf(document) > 0)
      .sort((a, b) => scoreOf(b) - scoreOf(a))
      .slice(0, CHUNKS_COUNTED)
  return [...new Set([...defining, ...best(wordsOf), ...best(likenessOf)])].map((document) => ({
    file,
    segmentId,
    document,
    ...contrast(wordsOf(document), likenessOf(document)),
    words: scores?.lexical?.words[document] ?? 0,
    ...(defining.includes(document) && { defines: true }),
  }))
}
