import type { TableFile } from './file-table.ts'
import { kindsAskedFor, type PathKind } from './path-kind.ts'

/** A chunk that a leg found, or several did. */
export interface ScoredChunk {
  readonly file: TableFile
  readonly segmentId: number
  readonly document: number
  /** By its words, and by its meaning; each comparable within one answer. */
  readonly score: number
  readonly likeness?: number
  /** What it counts against the file's other chunks; the score, unless given. */
  readonly contrast?: number
  /** One bit for each word of the query that the chunk holds. */
  readonly words: number
  /** Whether it defines the one thing that the query asks for: then nothing comes before it. */
  readonly defines?: boolean
}

/** A word of the query, and its share in what all of them weigh. */
export interface WeighedWord {
  readonly stem: string
  readonly share: number
}

export interface RankedQuery {
  readonly text: string
  readonly words: readonly WeighedWord[]
  /** What it names as things in code are named. */
  readonly names: readonly string[]
  /** How much likeness counts for a file beside words, 0 to 1; 0 unless given. */
  readonly likenessWeight?: number
}

export interface RankedFile {
  readonly file: TableFile
  readonly score: number
  /** Best first. */
  readonly chunks: readonly ScoredChunk[]
}

interface RankingSettings {
  /** The most that a file's other chunks add to its best, and how many as good as the best give half of it. */
  readonly others: number
  readonly othersHalf: number
  /** How much of a file's score depends on how many of the query's words it holds. */
  readonly coverage: number
  /** What it adds when the file's name, or its folders, hold the query's words. */
  readonly nameHolds: number
  readonly folderHolds: number
  /** What it adds when the query holds all words of the file's name, and how many words give half of that. */
  readonly nameAsked: number
  readonly nameAskedHalf: number
  /** What it adds when the file is named like a thing that the query names. */
  readonly nameIsAsked: number
  /** What a file counts that the query does not ask for. */
  readonly kinds: Readonly<Record<PathKind, number>>
  readonly oldVersion: number
  readonly gathers: number
  /** What each further chunk of a file counts beside the one before. */
  readonly furtherChunk: number
}

const RANKING: RankingSettings = {
  others: 0.8,
  othersHalf: 5,
  coverage: 0.3,
  nameHolds: 1,
  folderHolds: 1,
  nameAsked: 0.5,
  nameAskedHalf: 0.4,
  nameIsAsked: 0.6,
  kinds: {
    test: 0.3,
    example: 0.4,
    vendored: 0.4,
    generated: 0.5,
    declaration: 0.7,
    legacy: 0.5,
    benchmark: 0.4,
    documentation: 0.5,
    testing: 0.6,
    data: 0.5,
  },
  oldVersion: 0.3,
  gathers: 0.7,
  furtherChunk: 0.97,
}

const MAX_CHUNKS_OF_FILE = 6
/** Of a file, by each leg. */
export const CHUNKS_COUNTED = 20
/** Of the best file's: keeps a file in the answer that one leg does not find. */
const LEAST_SHARE = 0.02

/** The files of the chunks, best first, by what their chunks score, what their paths say and what the query asks for. */
export function rankFiles(chunks: readonly ScoredChunk[], query: RankedQuery, settings = RANKING): RankedFile[] {
  const asked = kindsAskedFor(query.text)
  const files = Array.from(
    Map.groupBy(chunks, ({ file }) => file),
    ([file, ofFile]) => {
      const factor = nameFactor(file, query, settings) * partFactor(file, query, asked, settings)
      return {
        file,
        words: factor * textScore(ofFile, ({ score }) => score, query, settings),
        likeness: factor * textScore(ofFile, ({ likeness = 0 }) => likeness, query, settings),
        chunks: ofFile.toSorted((a, b) => rankOf(b) - rankOf(a) || contrastOf(b) - contrastOf(a)),
      }
    },
  )
  const scoreOf = joined(files, query.likenessWeight ?? 0)
  const ranked = files
    .map((found) => ({ file: found.file, score: scoreOf(found), chunks: found.chunks }))
    .sort(
      (a, b) =>
        rankOf(b.chunks[0]) - rankOf(a.chunks[0]) || b.score - a.score || (a.file.row.path < b.file.row.path ? -1 : 1),
    )
  return copiesLast(ranked)
}

/** Of files with the same text only the best stays where it is: the others say nothing new. */
function copiesLast(files: readonly RankedFile[]): RankedFile[] {
  const seen = new Set<string>()
  const isCopy = ({ file: { row } }: RankedFile) => {
    const text = `${row.repositoryId} ${row.contentHash}`
    const known = seen.has(text)
    seen.add(text)
    return known
  }
  const { first = [], copies = [] } = Object.groupBy(files, (file) => (isCopy(file) ? 'copies' : 'first'))
  const least = first.at(-1)?.score ?? 0
  const asLast = (file: RankedFile): RankedFile => ({
    ...file,
    score: Math.min(file.score, least),
    chunks: file.chunks.map((chunk) => ({ ...chunk, defines: false })),
  })
  return [...first, ...copies.map(asLast)]
}

const rankOf = (chunk: ScoredChunk | undefined) => (chunk?.defines ? 1 : 0)

interface ByLeg {
  readonly words: number
  readonly likeness: number
}

/** The weighted geometric mean of what a file scores in either leg, beside the best of each. */
function joined(files: readonly ByLeg[], weight: number): (file: ByLeg) => number {
  if (weight === 0) return ({ words }) => words
  if (weight === 1) return ({ likeness }) => likeness
  const topWords = files.reduce((top, { words }) => Math.max(top, words), 0)
  const topLikeness = files.reduce((top, { likeness }) => Math.max(top, likeness), 0)
  return ({ words, likeness }) =>
    (words / topWords + LEAST_SHARE) ** (1 - weight) * (likeness / topLikeness + LEAST_SHARE) ** weight
}

/** Chunks of the files so that the best of several files come before the third best of one, with their final scores. */
export function spread(files: readonly RankedFile[], limit: number, settings = RANKING): ScoredChunk[] {
  const top = files.reduce((most, { score }) => Math.max(most, score), 0)
  return files
    .slice(0, limit)
    .flatMap(({ score, chunks }) => {
      const best = chunks[0] === undefined ? 0 : contrastOf(chunks[0])
      return chunks.slice(0, MAX_CHUNKS_OF_FILE).map((chunk, place) => {
        const share = best > 0 ? Math.min(1, contrastOf(chunk) / best) * settings.furtherChunk ** place : 0
        return { ...chunk, score: score * share + top * rankOf(chunk) }
      })
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
}

const contrastOf = ({ score, contrast = score }: ScoredChunk) => contrast

function textScore(
  chunks: readonly ScoredChunk[],
  scoreOf: (chunk: ScoredChunk) => number,
  { words }: RankedQuery,
  settings: RankingSettings,
): number {
  const counted = chunks
    .filter((chunk) => scoreOf(chunk) > 0)
    .sort((a, b) => scoreOf(b) - scoreOf(a))
    .slice(0, CHUNKS_COUNTED)
  const best = counted[0] === undefined ? 0 : scoreOf(counted[0])
  if (best === 0) return 0
  const others = counted.reduce((total, chunk) => total + scoreOf(chunk), -best) / best
  const held = counted.reduce((bits, chunk) => bits | chunk.words, 0)
  const coverage = words.reduce((total, { share }, word) => total + ((held >> word) & 1) * share, 0)
  return (
    best *
    (1 + (settings.others * others) / (others + settings.othersHalf)) *
    (1 - settings.coverage + settings.coverage * coverage)
  )
}

function nameFactor({ facts }: TableFile, { words, names }: RankedQuery, settings: RankingSettings): number {
  let inName = 0
  let inFolders = 0
  let count = 0
  for (const { stem, share } of words) {
    if (facts.name.has(stem)) {
      inName += share
      count++
    } else if (facts.folders.has(stem)) inFolders += share
  }
  const asked = facts.nameWords > 0 ? Math.min(1, count / facts.nameWords) : 0
  return (
    1 +
    settings.nameHolds * inName +
    settings.folderHolds * inFolders +
    (names.includes(facts.whole) ? settings.nameIsAsked : 0) +
    settings.nameAsked * asked * (count / (count + settings.nameAskedHalf))
  )
}

function partFactor(
  file: TableFile,
  { text }: RankedQuery,
  asked: ReadonlySet<PathKind>,
  settings: RankingSettings,
): number {
  let factor = file.facts.gathers ? settings.gathers : 1
  for (const kind of file.facts.kinds) if (!asked.has(kind)) factor *= settings.kinds[kind]
  const { oldVersion } = file
  if (oldVersion !== undefined && !new RegExp(`\\bv?${oldVersion}\\b`, 'i').test(text)) factor *= settings.oldVersion
  return factor
}
