import type { TableFile } from './file-table.ts'
import { kindsAskedFor, type PathKind } from './path-kind.ts'

/** A chunk that a leg found, or several did. */
export interface ScoredChunk {
  readonly file: TableFile
  readonly segmentId: number
  readonly document: number
  /** By its words, beside the best of all: 0 to 1. */
  readonly score: number
  /** What it counts against the file's other chunks; the score, unless given. */
  readonly contrast?: number
  /** One bit for each word of the query that the chunk holds, and for each in a name that it defines. */
  readonly words: number
  readonly named?: number
  /** How like the question's meaning it is, where it is more so than most. */
  readonly likeness?: number
  /** Whether it defines the one thing that the query asks for: then nothing comes before it. */
  readonly defines?: boolean
}

/** A word of the query, and its share in what all of them weigh. */
export interface WeighedWord {
  readonly stem: string
  readonly share: number
}

/** What the words whose bits are set weigh together, 0 to 1. */
export function weightOf(words: readonly WeighedWord[], bits: number): number {
  let weight = 0
  for (let at = 0; at < words.length; at++) weight += ((bits >> at) & 1) * (words[at] as WeighedWord).share
  return weight
}

export interface RankedQuery {
  readonly text: string
  readonly words: readonly WeighedWord[]
  /** What it names as things in code are named. */
  readonly names: readonly string[]
  /** What a file's score is multiplied by for its meaning; 1 unless given. */
  readonly meanings?: ReadonlyMap<TableFile, number>
}

export interface RankedFile {
  readonly file: TableFile
  readonly score: number
  /** Best first. */
  readonly chunks: readonly ScoredChunk[]
}

/**
 * Learned on questions about files, words alone and with likeness together, and cross-validated over repositories;
 * docs/benchmarks.md says how, and what each is worth.
 */
export interface RankingSettings {
  /** What a file counts whose words say nothing. */
  readonly least: number
  /** The most that a file's other chunks add to its best, and how many as good as the best give half of it. */
  readonly others: number
  readonly othersHalf: number
  /** How much of a file's score depends on how many of the query's words it holds. */
  readonly coverage: number
  /** What it adds when names that it defines hold the query's words. */
  readonly definesWords: number
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
  /** What each further chunk of a file counts beside the one before: among the first results are several files. */
  readonly furtherChunk: number
}

export const RANKING: RankingSettings = {
  least: 0.04,
  others: 1.6,
  othersHalf: 5,
  coverage: 0.28,
  definesWords: 0.1,
  nameHolds: 1.1,
  folderHolds: 1.5,
  nameAsked: 0.9,
  nameAskedHalf: 0.4,
  nameIsAsked: 0.8,
  kinds: {
    test: 0.27,
    example: 0.4,
    vendored: 0.4,
    generated: 0.5,
    declaration: 0.7,
    legacy: 0.5,
    benchmark: 0.4,
    documentation: 0.5,
    testing: 0.6,
    data: 0.45,
  },
  oldVersion: 0.26,
  gathers: 0.78,
  furtherChunk: 0.7,
}

const MAX_CHUNKS_OF_FILE = 6
/** Of a file, by each leg. */
export const CHUNKS_COUNTED = 20

/** The files of the chunks, best first, by what their chunks score, what their paths say and what the query asks for. */
export function rankFiles(chunks: readonly ScoredChunk[], query: RankedQuery, settings = RANKING): RankedFile[] {
  const asked = kindsAskedFor(query.text)
  const ranked = Array.from(
    Map.groupBy(chunks, ({ file }) => file),
    ([file, ofFile]): RankedFile => ({
      file,
      score:
        wordsFactor(ofFile, query, settings) *
        nameFactor(file, query, settings) *
        partFactor(file, query, asked, settings) *
        (query.meanings?.get(file) ?? 1),
      chunks: ofFile.toSorted((a, b) => rankOf(b) - rankOf(a) || contrastOf(b) - contrastOf(a)),
    }),
  ).sort(
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

function wordsFactor(chunks: readonly ScoredChunk[], { words }: RankedQuery, settings: RankingSettings): number {
  const counted = chunks
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, CHUNKS_COUNTED)
  const best = counted[0]?.score ?? 0
  const others = best === 0 ? 0 : counted.reduce((total, { score }) => total + score, -best) / best
  const held = counted.reduce((bits, chunk) => bits | chunk.words, 0)
  const named = chunks.reduce((bits, chunk) => bits | (chunk.named ?? 0), 0)
  return (
    (best + settings.least) *
    (1 + (settings.others * others) / (others + settings.othersHalf)) *
    (1 - settings.coverage + settings.coverage * weightOf(words, held)) *
    (1 + settings.definesWords * weightOf(words, named))
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
