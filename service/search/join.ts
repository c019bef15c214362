import type { ParsedQuery } from '../lexical/query-terms.ts'
import type { TableFile, TableSegment } from './file-table.ts'
import type { LexicalAnswer, ScoredDocuments } from './lexical-scoring.ts'
import type { ScoredChunk } from './ranking.ts'
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

export const JOIN: JoinSettings = { inQuestion: 0.25, inName: 0.1, wordsContrast: 1.75, likenessContrast: 0.6 }

const FILES_BY_WORDS = 150
const FILES_BY_LIKENESS = 75
const CHUNKS_OF_FILE = 20

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
 * The chunks of the files that either leg holds for good ones, each scored by both: for its file by a weighted sum of what
 * its words score and of how like it is, both beside the best of all; against the file's other chunks by their product.
 * A file wants coverage, a chunk contrast.
 */
export function joinLegs(
  segments: readonly TableSegment[],
  lexical: LexicalAnswer,
  likenesses: readonly Likeness[],
  query: ParsedQuery,
  settings = JOIN,
): ScoredChunk[] {
  const scores = new Map(
    segments.map(({ id }): [number, Scores] => [
      id,
      { lexical: lexical.segments.get(id), likeness: meanOf(likenesses, id) },
    ]),
  )
  const candidates = segments.flatMap(({ id, files }) => bestOf(id, files, scores.get(id)))
  const topWords = candidates.reduce((top, { words }) => Math.max(top, words), 0)
  const topLikeness = candidates.reduce((top, { likeness }) => Math.max(top, likeness), 0)
  const score = scorer({ topWords, topLikeness }, query, settings)
  return chosen(candidates).flatMap((candidate) => chunksOf(candidate, scores.get(candidate.segmentId), score))
}

/** What a chunk counts for its file, and against the file's other chunks. */
interface Scorer {
  score(words: number, likeness: number): number
  contrast(words: number, likeness: number): number
}

function scorer(
  { topWords, topLikeness }: { readonly topWords: number; readonly topLikeness: number },
  { isName }: ParsedQuery,
  { inName, inQuestion, wordsContrast, likenessContrast }: JoinSettings,
): Scorer {
  const learned = isName ? inName : inQuestion
  const weight = topLikeness === 0 ? 0 : topWords === 0 ? 1 : learned
  const byWords = topWords > 0 ? 1 / topWords : 0
  const byLikeness = topLikeness > 0 ? 1 / topLikeness : 0
  return {
    score: (words, likeness) => (1 - weight) * words * byWords + weight * Math.max(0, likeness) * byLikeness,
    contrast: (words, likeness) =>
      Math.exp(wordsContrast * Math.sqrt(words * byWords) + likenessContrast * Math.max(0, likeness) * byLikeness),
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

function chosen(candidates: readonly Candidate[]): Candidate[] {
  const byWords = candidates.filter(({ words }) => words > 0).sort((a, b) => b.words - a.words)
  const byLikeness = candidates.filter(({ likeness }) => likeness > 0).sort((a, b) => b.likeness - a.likeness)
  return [...new Set([...byWords.slice(0, FILES_BY_WORDS), ...byLikeness.slice(0, FILES_BY_LIKENESS)])]
}

function chunksOf({ file, segmentId }: Candidate, scores: Scores | undefined, scorer: Scorer): ScoredChunk[] {
  const { firstDocument, documents } = file.row
  const wordsOf = (document: number) => scores?.lexical?.scores[document] ?? 0
  const likenessOf = (document: number) => scores?.likeness?.[document] ?? 0
  const found: { readonly document: number; readonly score: number }[] = []
  for (let document = firstDocument; document < firstDocument + documents; document++) {
    const score = scorer.score(wordsOf(document), likenessOf(document))
    if (score > 0) found.push({ document, score })
  }
  found.sort((a, b) => b.score - a.score)
  return found.slice(0, CHUNKS_OF_FILE).map(({ document, score }) => ({
    file,
    segmentId,
    document,
    score,
    contrast: scorer.contrast(wordsOf(document), likenessOf(document)),
    words: scores?.lexical?.words[document] ?? 0,
  }))
}
