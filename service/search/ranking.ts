import type { TableFile } from './file-table.ts'
import { withNamedRaised } from './named-places.ts'
import { kindsAskedFor, type PathKind } from './path-kind.ts'
import weights from './weights.json' with { type: 'json' }

/** A chunk found by one or both legs. */
export interface ScoredChunk {
  readonly file: TableFile
  readonly segmentId: number
  readonly document: number
  /** Score by words, relative to the best of all: 0 to 1. */
  readonly score: number
  /** Score against the file's other chunks. Default `score`. */
  readonly contrast?: number
  /** A bit for each query word in the chunk, and for each in a name that it defines. */
  readonly words: number
  readonly named?: number
  /** Similarity to the question's meaning, if above average. */
  readonly likeness?: number
  /** Whether it defines the single name that the query asks for. */
  readonly defines?: boolean
  /** Whether it does, or uses the name and nothing defines it. */
  readonly comesFirst?: boolean
}

/** A query word, and its share in the weight of all words. */
export interface WeighedWord {
  readonly stem: string
  readonly share: number
}

/** Returns the total weight of the words whose bits are set, 0 to 1. */
export function weightOf(words: readonly WeighedWord[], bits: number): number {
  let weight = 0
  for (let at = 0; at < words.length; at++) weight += ((bits >> at) & 1) * (words[at] as WeighedWord).share
  return weight
}

/** A file that a leg found, to be ranked by its chunks together. */
export interface FoundFile {
  readonly file: TableFile
  /** Score of the best chunk by words relative to the best of all, and the sum of its others relative to that. */
  readonly best: number
  readonly others: number
  /** A bit for each query word in its best chunks, and for each in names that they define. */
  readonly held: number
  readonly named: number
  readonly likeness: FileLikeness
  /** Whether one of its chunks comes first. */
  readonly comesFirst: boolean
  /** Creates the chunks on demand, because most files are never shown. */
  readonly chunks: () => ScoredChunk[]
}

export interface RankedQuery {
  readonly text: string
  readonly words: readonly WeighedWord[]
  /** Names of code in the query. */
  readonly names: readonly string[]
}

/**
 * Similarity of a file to the question, relative to the most similar file: of its best chunk, and of the whole file; 0
 * to 1.
 */
interface FileLikeness {
  readonly best: number
  readonly whole: number
}

/** Everything that determines a file's score. Weights of words are shares of the weight of all query words, 0 to 1. */
export interface FileEvidence {
  /** Score of the best chunk by words, and the sum of the others relative to it. */
  readonly best: number
  readonly others: number
  /** Query words in the file, in names it defines, in its own name, and in its folders. */
  readonly held: number
  readonly named: number
  readonly inName: number
  readonly inFolders: number
  /** Number of words that its name and the query share, and their share of its name. */
  readonly common: number
  readonly asked: number
  readonly nameIsAsked: boolean
  /** Kinds of secondary files that it belongs to and the query does not ask for. */
  readonly kinds: readonly PathKind[]
  readonly isOldVersion: boolean
  readonly gathers: boolean
  readonly likeness: FileLikeness
}

export interface RankedFile {
  readonly file: TableFile
  readonly score: number
  readonly evidence: FileEvidence
  readonly chunks: () => ScoredChunk[]
  /** Whether one of them comes first. */
  readonly comesFirst: boolean
}

/** Learned by `npm run bench -- learn`. docs/benchmarks.md says from what, and what each is worth. */
export interface RankingSettings {
  /** Score of a file whose words say nothing. */
  readonly least: number
  /** Maximum that a file's other chunks add to its best one, and how many equally good chunks give half of it. */
  readonly others: number
  readonly othersHalf: number
  /** How much of a file's score depends on the number of query words in it. */
  readonly coverage: number
  /** Bonus for query words in names that the file defines. */
  readonly definesWords: number
  /** Bonus for query words in the file's name, and in its folders. */
  readonly nameHolds: number
  readonly folderHolds: number
  /** Bonus if the query contains all words of the file's name, and how many words give half of it. */
  readonly nameAsked: number
  readonly nameAskedHalf: number
  /** Bonus if the file is named like a name in the query. */
  readonly nameIsAsked: number
  /** Factors of kinds that the query does not ask for. */
  readonly kinds: Readonly<Record<PathKind, number>>
  readonly oldVersion: number
  readonly gathers: number
  /** Weight of the square of likeness in an exponent of e: of the best chunk's, and of the whole file's. */
  readonly bestChunk: number
  readonly wholeFile: number
  /**
   * Factor of each further chunk of a file relative to the previous one, so that the first results are from several
   * files.
   */
  readonly furtherChunk: number
}

export const RANKING: RankingSettings = weights.ranking

const MAX_CHUNKS_OF_FILE = 6
/** Maximum number of chunks of a file to consider from each leg. */
export const CHUNKS_COUNTED = 20

/** Ranks the files, best first, by their chunks' scores, their paths and the query. */
export function rankFiles(files: readonly FoundFile[], query: RankedQuery, settings = RANKING): RankedFile[] {
  const asked = kindsAskedFor(query.text)
  const scored = files.map((found): RankedFile => {
    const evidence = evidenceOf(found, query, asked)
    const { file, chunks, comesFirst } = found
    return { file, evidence, score: scoreOf(evidence, settings), chunks, comesFirst }
  })
  const ranked = withNamedRaised(scored, query.text).sort(
    (a, b) => rankOf(b) - rankOf(a) || b.score - a.score || (a.file.row.path < b.file.row.path ? -1 : 1),
  )
  return copiesLast(ranked)
}

/**
 * Returns a file's score. Likeness can only raise it, and counts by its square: half of the highest likeness says
 * little.
 */
export function scoreOf(file: FileEvidence, settings: RankingSettings): number {
  const { best, whole } = file.likeness
  const byWords = wordsFactor(file, settings) * nameFactor(file, settings) * partFactor(file, settings)
  return byWords * Math.exp(settings.bestChunk * best ** 2 + settings.wholeFile * whole ** 2)
}

/** Moves copies with the same text behind the best one, because they say nothing new. */
function copiesLast(files: readonly RankedFile[]): RankedFile[] {
  const seen = new Map<number, Set<string>>()
  const isCopy = ({ file: { row } }: RankedFile) => {
    const texts = seen.get(row.repositoryId) ?? new Set()
    seen.set(row.repositoryId, texts)
    const known = texts.has(row.contentHash)
    texts.add(row.contentHash)
    return known
  }
  const { first = [], copies = [] } = Object.groupBy(files, (file) => (isCopy(file) ? 'copies' : 'first'))
  const least = first.at(-1)?.score ?? 0
  const asLast = (file: RankedFile): RankedFile => ({
    ...file,
    score: Math.min(file.score, least),
    chunks: () => file.chunks().map((chunk) => ({ ...chunk, defines: false, comesFirst: false })),
    comesFirst: false,
  })
  return [...first, ...copies.map(asLast)]
}

const rankOf = ({ comesFirst }: Pick<ScoredChunk, 'comesFirst'>) => (comesFirst ? 1 : 0)

/**
 * Returns the files' chunks with their final scores, so that the best chunks of several files precede the third best of
 * one.
 */
export function spread(files: readonly RankedFile[], limit: number, settings = RANKING): ScoredChunk[] {
  const top = files.reduce((most, { score }) => Math.max(most, score), 0)
  return files
    .slice(0, limit)
    .flatMap(({ score, chunks }) => {
      const bestFirst = chunks().sort((a, b) => rankOf(b) - rankOf(a) || contrastOf(b) - contrastOf(a))
      const best = bestFirst[0] === undefined ? 0 : contrastOf(bestFirst[0])
      return bestFirst.slice(0, MAX_CHUNKS_OF_FILE).map((chunk, place) => {
        const share = best > 0 ? Math.min(1, contrastOf(chunk) / best) * settings.furtherChunk ** place : 0
        return { ...chunk, score: score * share + top * rankOf(chunk) }
      })
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
}

const contrastOf = ({ score, contrast = score }: ScoredChunk) => contrast

function evidenceOf(found: FoundFile, { text, words, names }: RankedQuery, asked: ReadonlySet<PathKind>): FileEvidence {
  const { facts, oldVersion } = found.file
  const path = wordsInPath(found.file, words)
  return {
    best: found.best,
    others: found.others,
    held: weightOf(words, found.held),
    named: weightOf(words, found.named),
    inName: path.inName,
    inFolders: path.inFolders,
    common: path.common,
    asked: path.asked,
    nameIsAsked: names.includes(facts.whole),
    kinds: facts.kinds.filter((kind) => !asked.has(kind)),
    isOldVersion: oldVersion !== undefined && !new RegExp(`\\bv?${oldVersion}\\b`, 'i').test(text),
    gathers: facts.gathers,
    likeness: found.likeness,
  }
}

function wordsInPath({ facts }: TableFile, words: readonly WeighedWord[]) {
  let inName = 0
  let inFolders = 0
  let common = 0
  for (const { stem, share } of words) {
    if (facts.name.has(stem)) {
      inName += share
      common++
    } else if (facts.folders.has(stem)) inFolders += share
  }
  return { inName, inFolders, common, asked: facts.nameWords > 0 ? Math.min(1, common / facts.nameWords) : 0 }
}

function wordsFactor({ best, others, held, named }: FileEvidence, settings: RankingSettings): number {
  return (
    (best + settings.least) *
    (1 + (settings.others * others) / (others + settings.othersHalf)) *
    (1 - settings.coverage + settings.coverage * held) *
    (1 + settings.definesWords * named)
  )
}

function nameFactor(
  { inName, inFolders, common, asked, nameIsAsked }: FileEvidence,
  settings: RankingSettings,
): number {
  return (
    1 +
    settings.nameHolds * inName +
    settings.folderHolds * inFolders +
    (nameIsAsked ? settings.nameIsAsked : 0) +
    settings.nameAsked * asked * (common / (common + settings.nameAskedHalf))
  )
}

function partFactor({ kinds, isOldVersion, gathers }: FileEvidence, settings: RankingSettings): number {
  let factor = gathers ? settings.gathers : 1
  for (const kind of kinds) factor *= settings.kinds[kind]
  return isOldVersion ? factor * settings.oldVersion : factor
}
