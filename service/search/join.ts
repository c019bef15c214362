import type { ParsedQuery } from '../lexical/query-terms.ts'
import { namedDocuments } from './definitions.ts'
import type { TableFile, TableSegment } from './file-table.ts'
import { inTurns } from './in-turns.ts'
import type { LexicalAnswer, ScoredDocuments } from './lexical-scoring.ts'
import { CHUNKS_COUNTED, type FoundFile, type ScoredChunk, type WeighedWord, weightOf } from './ranking.ts'
import { type Likeness, meanLikeness } from './semantic/likeness.ts'
import weights from './weights.json' with { type: 'json' }

/**
 * How strongly a file's best chunk is emphasised over its others: by words, by likeness, by the names it defines, and by
 * the number of functions that begin in it.
 */
export interface JoinSettings {
  readonly wordsContrast: number
  readonly likenessContrast: number
  readonly namesContrast: number
  readonly functionsContrast: number
}

/** Fitted by a regression over the chunks of doc questions. docs/benchmarks.md says what each is worth. */
export const JOIN: JoinSettings = weights.join

const FILES_BY_WORDS = 150
const FILES_BY_LIKENESS = 75

/** Results of both legs for the documents of a segment. */
interface Scores {
  readonly lexical: ScoredDocuments | undefined
  readonly likeness: Float32Array | undefined
}

/** Best scores of each file's chunks, by words and by likeness. 0 if it has none. */
interface BestOfFiles {
  readonly words: Float32Array
  readonly likeness: Float32Array
}

/** A file that either leg ranks high. */
interface Candidate {
  readonly file: TableFile
  readonly scores: Scores
  /** Likeness of its most similar chunk, and of the whole file. */
  readonly likeness: number
  readonly whole: number
  /** Documents that define the single name that the query asks for, or use it if nothing defines it. */
  readonly answering: readonly number[]
}

/** What all files have in common. */
interface Beside {
  /** Highest score of any chunk by words, and the highest likeness of a best chunk and of a whole file. */
  readonly words: number
  readonly likeness: number
  readonly whole: number
  readonly contrast: Contrast
  /** Whether what the query names is defined anywhere. */
  readonly isDefined: boolean
}

/**
 * Returns the files that either leg ranks high, with their chunks, each scored by both. For files, the product of words
 * and likeness counts, each relative to the best. Within a file, chunks are contrasted by likeness itself and by the
 * names that they define.
 */
export async function joinLegs(
  segments: readonly TableSegment[],
  lexical: LexicalAnswer,
  likenesses: readonly Likeness[],
  query: ParsedQuery,
  settings = JOIN,
): Promise<FoundFile[]> {
  const scores = new Map<number, Scores>()
  const files = segments.flatMap((segment) => segment.files)
  const best: BestOfFiles = { words: new Float32Array(files.length), likeness: new Float32Array(files.length) }
  let at = 0
  const score = ({ id, files: ofSegment }: TableSegment) => {
    const both: Scores = { lexical: lexical.segments.get(id), likeness: meanLikeness(likenesses, id) }
    scores.set(id, both)
    for (const { row } of ofSegment) noteBest(best, at++, both, row)
  }
  await inTurns(segments, score, { atOnce: 1 })
  const named = await namedDocuments(segments, lexical, query)
  const candidates = Array.from(chosen(files, best, named.documents), (at): Candidate => {
    const file = files[at] as TableFile
    const ofSegment = scores.get(file.row.segmentId) as Scores
    const whole = wholeOf(ofSegment.likeness, file.row)
    return {
      file,
      scores: ofSegment,
      likeness: best.likeness[at] as number,
      whole,
      answering: named.documents.get(file) ?? [],
    }
  })
  const beside: Beside = {
    words: highest(best.words, 0, best.words.length),
    likeness: candidates.reduce((top, { likeness }) => Math.max(top, likeness), 0),
    whole: candidates.reduce((top, { whole }) => Math.max(top, whole), 0),
    contrast: contrastWith(lexical.words, settings),
    isDefined: named.define,
  }
  return candidates.map((candidate) => foundFile(candidate, beside))
}

/** Scores a chunk against its file's other chunks. */
type Contrast = (score: number, likeness: number, named: number, functions: number) => number

function contrastWith(weighed: readonly WeighedWord[], settings: JoinSettings): Contrast {
  return (score, likeness, named, functions) =>
    Math.exp(
      settings.wordsContrast * Math.sqrt(score) +
        settings.likenessContrast * Math.max(0, likeness) +
        settings.namesContrast * weightOf(weighed, named) +
        settings.functionsContrast * Math.log1p(functions),
    )
}

// Runs for each file of the index, so it creates no objects.
function noteBest(best: BestOfFiles, at: number, { lexical, likeness }: Scores, row: TableFile['row']): void {
  best.words[at] = highest(lexical?.scores, row.firstDocument, row.documents)
  best.likeness[at] = highest(likeness, row.firstDocument, row.documents)
}

function highest(values: Float32Array | undefined, from: number, count: number): number {
  let most = 0
  if (values === undefined) return most
  for (let at = from; at < from + count; at++) if ((values[at] as number) > most) most = values[at] as number
  return most
}

/**
 * Returns the indexes of the files that rank high: first those that answer a query for a single name, then the best of
 * each leg.
 */
function chosen(
  files: readonly TableFile[],
  { words, likeness }: BestOfFiles,
  named: ReadonlyMap<TableFile, readonly number[]>,
): Set<number> {
  const ofNamed =
    named.size === 0 ? undefined : words.map((value, at) => (named.has(files[at] as TableFile) ? value : 0))
  return new Set([
    ...highestAt(ofNamed, 0, words.length, FILES_BY_WORDS),
    ...highestAt(words, 0, words.length, FILES_BY_WORDS),
    ...highestAt(likeness, 0, likeness.length, FILES_BY_LIKENESS),
  ])
}

/**
 * Returns the likeness of a file from the sum of its chunks' vectors, assuming that chunks of a file are half alike.
 */
function wholeOf(values: Float32Array | undefined, { firstDocument, documents }: TableFile['row']): number {
  let sum = 0
  if (values === undefined) return sum
  for (let at = firstDocument; at < firstDocument + documents; at++) sum += values[at] as number
  return sum / Math.sqrt((documents * (documents + 1)) / 2)
}

function foundFile(candidate: Candidate, beside: Beside): FoundFile {
  const { file, scores, answering } = candidate
  const { firstDocument, documents } = file.row
  const byWords = highestAt(scores.lexical?.scores, firstDocument, documents, CHUNKS_COUNTED)
  const byLikeness = highestAt(scores.likeness, firstDocument, documents, CHUNKS_COUNTED)
  const scoreOf = (document: number) => scoreBeside(beside, scores.lexical, document)
  const best = byWords[0] === undefined ? 0 : scoreOf(byWords[0])
  const others = best === 0 ? 0 : byWords.reduce((total, document) => total + scoreOf(document), -best) / best
  const named = scores.lexical?.named
  return {
    file,
    best,
    others,
    held: bitsOf(scores.lexical?.words, byWords),
    named: bitsOf(named, answering) | bitsOf(named, byWords) | bitsOf(named, byLikeness),
    likeness: { best: share(candidate.likeness, beside.likeness), whole: share(candidate.whole, beside.whole) },
    comesFirst: answering.length > 0,
    chunks: () =>
      Array.from(new Set([...answering, ...byWords, ...byLikeness]), (document) =>
        chunkOf(candidate, document, beside),
      ),
  }
}

const share = (value: number, top: number) => (top > 0 ? Math.max(0, value) / top : 0)

const scoreBeside = ({ words }: Beside, lexical: ScoredDocuments | undefined, document: number) =>
  words > 0 ? (lexical?.scores[document] ?? 0) / words : 0

function bitsOf(values: Uint32Array | undefined, documents: readonly number[]): number {
  let bits = 0
  if (values === undefined) return bits
  for (const document of documents) bits |= values[document] as number
  return bits
}

function chunkOf({ file, scores, answering }: Candidate, document: number, beside: Beside): ScoredChunk {
  const score = scoreBeside(beside, scores.lexical, document)
  const likeness = scores.likeness?.[document] ?? 0
  const named = scores.lexical?.named[document] ?? 0
  return {
    file,
    segmentId: file.row.segmentId,
    document,
    score,
    contrast: beside.contrast(score, likeness, named, scores.lexical?.functions[document] ?? 0),
    words: scores.lexical?.words[document] ?? 0,
    named,
    likeness,
    comesFirst: answering.includes(document),
    defines: beside.isDefined && answering.includes(document),
  }
}

/** Returns the indexes of the highest positive values in a range, best first. Ties keep their order. */
function highestAt(values: Float32Array | undefined, from: number, count: number, most: number): number[] {
  const best: number[] = []
  if (values === undefined) return best
  for (let place = from; place < from + count; place++) {
    const value = values[place] as number
    if (!(value > 0)) continue
    let at = best.length < most ? best.length : most - 1
    if (best.length === most && (values[best[at] as number] as number) >= value) continue
    for (; at > 0 && (values[best[at - 1] as number] as number) < value; at--) best[at] = best[at - 1] as number
    best[at] = place
  }
  return best
}
