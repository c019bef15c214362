import type { ParsedQuery } from '../lexical/query-terms.ts'
import { bestDefinitions } from './definitions.ts'
import type { TableFile, TableSegment } from './file-table.ts'
import type { LexicalAnswer, ScoredDocuments } from './lexical-scoring.ts'
import { CHUNKS_COUNTED, type FileLikeness, type ScoredChunk, type WeighedWord, weightOf } from './ranking.ts'
import type { Likeness } from './semantic/likeness.ts'
import weights from './weights.json' with { type: 'json' }

/** How strongly a file's best chunk is emphasised over its others: by words, by likeness, by the names it defines. */
export interface JoinSettings {
  readonly wordsContrast: number
  readonly likenessContrast: number
  readonly namesContrast: number
}

/** Fitted by a regression over the chunks of doc questions. docs/benchmarks.md says what each is worth. */
export const JOIN: JoinSettings = weights.join

/** Results of both legs, to be ranked. */
export interface Joined {
  readonly chunks: readonly ScoredChunk[]
  /** Empty if no chunk stands out by likeness. */
  readonly likenesses: ReadonlyMap<TableFile, FileLikeness>
}

const FILES_BY_WORDS = 150
const FILES_BY_LIKENESS = 75

/** A file with its best chunks by words and by likeness, and the likeness of the whole file. */
interface Candidate {
  readonly file: TableFile
  readonly segmentId: number
  readonly words: number
  readonly likeness: number
  readonly whole: number
}

interface Scores {
  readonly lexical: ScoredDocuments | undefined
  readonly likeness: Float32Array | undefined
}

/**
 * Returns the best chunks of the files that either leg ranks high, each scored by both. For files, the product of words
 * and likeness counts, each relative to the best. Within a file, chunks are contrasted by likeness itself and by the
 * names that they define.
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
  const topWords = highestOf(candidates, ({ words }) => words)
  const contrast = contrastWith(lexical.words, settings)
  const files = chosen(candidates, definitions)
  return {
    chunks: files.flatMap((each) =>
      chunksOf(each, { scores: scores.get(each.segmentId), topWords, contrast, defining: definitions.get(each.file) }),
    ),
    likenesses: besideLikest(files),
  }
}

const highestOf = <Item>(items: readonly Item[], value: (item: Item) => number) =>
  items.reduce((top, item) => Math.max(top, value(item)), 0)

/** Returns likeness relative to that of the most similar file. */
function besideLikest(files: readonly Candidate[]): ReadonlyMap<TableFile, FileLikeness> {
  const best = highestOf(files, ({ likeness }) => likeness)
  const whole = highestOf(files, (each) => each.whole)
  if (best === 0) return new Map()
  const share = (value: number, top: number) => (top > 0 ? Math.max(0, value) / top : 0)
  return new Map(
    files.map((each) => [each.file, { best: share(each.likeness, best), whole: share(each.whole, whole) }]),
  )
}

/** Scores a chunk against its file's other chunks. */
type Contrast = (score: number, likeness: number, named: number) => number

function contrastWith(weighed: readonly WeighedWord[], settings: JoinSettings): Contrast {
  return (score, likeness, named) =>
    Math.exp(
      settings.wordsContrast * Math.sqrt(score) +
        settings.likenessContrast * Math.max(0, likeness) +
        settings.namesContrast * weightOf(weighed, named),
    )
}

/** Averages over the models. Models without a vector of a chunk do not count for it. */
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
    if (words > 0 || likeness > 0) {
      found.push({ file, segmentId, words, likeness, whole: wholeOf(byLikeness, firstDocument, documents) })
    }
  }
  return found
}

/**
 * Returns the likeness of a file from the sum of its chunks' vectors, assuming that chunks of a file are half alike.
 */
function wholeOf(values: Float32Array | undefined, from: number, count: number): number {
  let sum = 0
  if (values === undefined) return sum
  for (let at = from; at < from + count; at++) sum += values[at] as number
  return sum / Math.sqrt((count * (count + 1)) / 2)
}

function highest(values: Float32Array | undefined, from: number, count: number): number {
  let most = 0
  if (values === undefined) return most
  for (let at = from; at < from + count; at++) if ((values[at] as number) > most) most = values[at] as number
  return most
}

function chosen(candidates: readonly Candidate[], definitions: ReadonlyMap<TableFile, readonly number[]>): Candidate[] {
  const words = ({ words }: Candidate) => words
  const defining = candidates.filter(({ file }) => definitions.has(file))
  return [
    ...new Set([
      ...best(defining, FILES_BY_WORDS, words),
      ...best(candidates, FILES_BY_WORDS, words),
      ...best(candidates, FILES_BY_LIKENESS, ({ likeness }) => likeness),
    ]),
  ]
}

/** Returns the candidates with the highest positive values, best first. Ties keep their order. */
function best(candidates: readonly Candidate[], most: number, value: (candidate: Candidate) => number): Candidate[] {
  const values = new Float64Array(candidates.length)
  for (let at = 0; at < values.length; at++) values[at] = value(candidates[at] as Candidate)
  return highestAt(values, 0, values.length, most).map((at) => candidates[at] as Candidate)
}

interface OfFile {
  readonly scores: Scores | undefined
  /** Highest score of any chunk by words. */
  readonly topWords: number
  readonly contrast: Contrast
  /** Documents that define what the query asks for. */
  readonly defining: readonly number[] | undefined
}

// Each question creates thousands, so every object is created in one step and with the same shape.
function chunksOf({ file, segmentId }: Candidate, of: OfFile): ScoredChunk[] {
  const { scores, topWords, contrast, defining = [] } = of
  const { firstDocument, documents } = file.row
  const lexical = scores?.lexical
  const byLikeness = scores?.likeness
  const best = [...new Set(defining)]
  const defined = best.length
  for (const values of [lexical?.scores, byLikeness]) {
    for (const document of highestAt(values, firstDocument, documents, CHUNKS_COUNTED)) {
      if (!best.includes(document)) best.push(document)
    }
  }
  return best.map((document, at) => {
    const words = lexical?.scores[document] ?? 0
    const score = topWords > 0 ? words / topWords : 0
    const likeness = byLikeness?.[document] ?? 0
    const named = lexical?.named[document] ?? 0
    return {
      file,
      segmentId,
      document,
      score,
      contrast: contrast(score, likeness, named),
      words: lexical?.words[document] ?? 0,
      named,
      likeness,
      defines: at < defined,
    }
  })
}

/** Returns the indexes of the highest positive values in a range, best first. Ties keep their order. */
function highestAt(values: Float32Array | Float64Array | undefined, from: number, count: number, most: number) {
  const best: number[] = []
  if (values === undefined) return best
  for (let place = from; place < from + count; place++) {
    const value = values[place] as number
    if (!(value > 0)) continue
    let at = best.length
    while (at > 0 && (values[best[at - 1] as number] as number) < value) at--
    if (at >= most) continue
    best.splice(at, 0, place)
    if (best.length > most) best.pop()
  }
  return best
}
