import { EVERY_REPOSITORY } from '../access/repository-scope.ts'
import { parseQueryWithin } from '../lexical/project-name.ts'
import { type ParsedQuery, termsToRead } from '../lexical/query-terms.ts'
import { readOfQuery } from '../lexical/query-text.ts'
import type { Log } from '../log.ts'
import type { Database } from '../store/database.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import type { SearchAnswer, SearchEngine, SearchRequest } from './contract.ts'
import { listFiles } from './file-tree.ts'
import { freshnessOf, noteOf } from './freshness.ts'
import { makeGrep } from './grep/grep.ts'
import { IndexReader, type IndexView } from './index-reader.ts'
import { JOIN, type JoinSettings, joinLegs } from './join.ts'
import { scoreChunks } from './lexical-scoring.ts'
import { withInstalledLeftOut } from './named-places.ts'
import { whyNothingIsLeft } from './nothing-left.ts'
import { leavesOutFiles } from './path-filter.ts'
import { PlaceReader } from './places.ts'
import { RANKING, type RankedFile, type RankingSettings, rankFiles, spread } from './ranking.ts'
import { readLines, readOutline } from './read.ts'
import { answerInside } from './repositories.ts'
import { askWithinBudget } from './semantic/budget.ts'
import type { SemanticLeg } from './semantic/leg.ts'
import { findSymbols } from './symbols.ts'
import { untilSettled } from './until-settled.ts'
import { type Workspace, Workspaces } from './workspace.ts'

export interface SearchDependencies {
  readonly database: Database
  /** Undefined without any embedding model. */
  readonly semantic?: SemanticLeg
  readonly log: Log
  /** Weights to use instead of the learned ones, for comparisons. */
  readonly weights?: SearchWeights
  /** Called with the files ranked for each question, best first, to learn weights. Their chunks are dropped afterwards. */
  readonly onRanked?: (files: readonly RankedFile[]) => void
}

export interface SearchWeights {
  readonly join?: JoinSettings
  readonly ranking?: RankingSettings
}

/** Creates a search that answers from the index in `database`. */
export function makeSearch(dependencies: SearchDependencies): SearchEngine {
  const { database } = dependencies
  const reader = new IndexReader(database)
  const places = new PlaceReader(database)
  const parts = { ...dependencies, reader, places, workspaces: new Workspaces() }
  const grep = makeGrep(database, reader)
  database.onReplaced?.(() => {
    reader.forget()
    parts.places.forget()
    grep.forget()
    void dependencies.semantic?.forget()
  })
  return {
    search: (request, signal) => answerInside(database, request, (asked) => search(parts, asked, signal)),
    grep: (request, signal) => answerInside(database, request, (asked) => grep.lines(asked, signal)),
    read: (request) => answerInside(database, request, (asked) => readLines(database, asked)),
    outline: (request) => answerInside(database, request, (asked) => readOutline(database, asked)),
    symbols: (request) => answerInside(database, request, (asked) => findSymbols(parts, asked)),
    files: (request) => answerInside(database, request, (asked) => listFiles(parts, asked)),
    warm: async () => {
      const view = await reader.view({ scope: EVERY_REPOSITORY }, () => [])
      await dependencies.semantic?.update(view)
      await grep.warm()
    },
    models: () => dependencies.semantic?.describe() ?? [],
    close: () => grep.close(),
  }
}

interface SearchParts extends SearchDependencies {
  readonly reader: IndexReader
  readonly places: PlaceReader
  readonly workspaces: Workspaces
}

async function search(parts: SearchParts, asked: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer> {
  const started = performance.now()
  const request = { ...asked, query: readOfQuery(asked.query) }
  const answer = await untilSettled(() => {
    signal?.throwIfAborted()
    return parts.workspaces.lend((workspace) => answerOnce(parts, { request, workspace }, signal))
  })
  return { ...answer, latencyMs: Math.round((performance.now() - started) * 10) / 10 }
}

interface Asked {
  readonly request: SearchRequest
  readonly workspace: Workspace
}

/** Answers at one generation. Returns undefined if a result was replaced before it could be read. */
async function answerOnce(
  { database, semantic, log, reader, places, weights: { join = JOIN, ranking = RANKING } = {}, onRanked }: SearchParts,
  { request, workspace }: Asked,
  signal?: AbortSignal,
): Promise<Omit<SearchAnswer, 'latencyMs'> | undefined> {
  const view = await reader.view(request, (repositories) => termsToRead(parsedFor(repositories, request)))
  const query = parsedFor(view.repositories, request)
  const [{ likenesses, degraded }, lexical] = await Promise.all([
    askWithinBudget(semantic, semanticQuestion(request, view, workspace), log, signal),
    scoreChunks(view, query, workspace),
  ])
  const files = await joinLegs(view.segments, lexical, likenesses, query, join)
  const { words } = lexical
  const ranked = rankFiles(files, { text: request.query, words, names: query.names }, ranking)
  onRanked?.(ranked)
  const found = spread(ranked, request.limit, ranking)
  const shown = { ...request, words, repositories: view.repositories }
  const results = await places.describe(found, shown)
  const repositories = await view.confirmed
  if (results === undefined || repositories === undefined) return undefined
  const isEmpty = view.segments.every(({ files: ofSegment }) => ofSegment.length === 0)
  const unmatched = view.files === 0 ? await whyNothingIsLeft(database, request) : undefined
  return {
    results,
    modes: likenesses.length === 0 ? ['lexical'] : ['lexical', 'semantic'],
    models: likenesses.map(({ model }) => model),
    ...(degraded === undefined || isEmpty ? {} : { degraded }),
    ...noteOf([
      ANY_WORD.test(request.query) || results.length > 0 ? undefined : SYMBOLS_ONLY,
      unmatched,
      freshnessOf(repositories),
    ]),
    ...stateOf(repositories),
  }
}

/** Parses a question. In one to a single repository, the repository's own name hides no definition. */
function parsedFor([repository, ...others]: readonly RepositoryRow[], { query }: SearchRequest): ParsedQuery {
  const project = others.length === 0 ? repository?.name.split('/').at(-1) : undefined
  return parseQueryWithin(project ?? '', withInstalledLeftOut(query))
}

const ANY_WORD = /[\p{L}\p{N}]/u
const SYMBOLS_ONLY =
  'The question has no word or name to search for; grep_code finds symbols, for example with the pattern \\Q=>\\E.'

function semanticQuestion(request: SearchRequest, { repositories, segments }: IndexView, workspace: Workspace) {
  const fileIds = leavesOutFiles(request) && new Set(segments.flatMap(({ files }) => files.map(({ row }) => row.id)))
  return { text: request.query, repositories, segments, workspace, ...(fileIds ? { fileIds } : {}) }
}

/** Returns commit and time of the only repository, or of the one with the oldest index. */
function stateOf(repositories: readonly RepositoryRow[]): Pick<SearchAnswer, 'commit' | 'indexedAt'> {
  const [oldest] = repositories.toSorted((a, b) => (a.indexedAt?.getTime() ?? 0) - (b.indexedAt?.getTime() ?? 0))
  return {
    ...(oldest?.commit === undefined ? {} : { commit: oldest.commit }),
    ...(oldest?.indexedAt === undefined ? {} : { indexedAt: oldest.indexedAt }),
  }
}
