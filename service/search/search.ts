import { type ParsedQuery, parseQuery } from '../lexical/query-terms.ts'
import type { Log } from '../log.ts'
import type { Database } from '../store/database.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import type { Search, SearchAnswer, SearchRequest, SemanticHit, SemanticLeg } from './contract.ts'
import { ownerOf, type TableSegment } from './file-table.ts'
import { fuse, SEMANTIC_WEIGHT } from './fusion.ts'
import { grepLines } from './grep.ts'
import { IndexReader, type IndexView } from './index-reader.ts'
import { scoreChunks } from './lexical-scoring.ts'
import { describePlaces } from './places.ts'
import { rankFiles, type ScoredChunk, spread } from './ranking.ts'
import { readLines } from './read.ts'
import { askWithinBudget } from './semantic-budget.ts'
import { untilSettled } from './until-settled.ts'

export interface SearchDependencies {
  readonly database: Database
  /** Absent where embeddings are switched off. */
  readonly semantic?: SemanticLeg
  readonly log: Log
}

const SEMANTIC_LIMIT = 100

/** Answers questions from the index in `database`. */
export function makeSearch(dependencies: SearchDependencies): Search {
  const reader = new IndexReader(dependencies.database)
  return {
    search: (request, signal) => search(dependencies, reader, request, signal),
    grep: (request, signal) => grepLines(dependencies.database, request, signal),
    read: (request) => readLines(dependencies.database, request),
  }
}

async function search(
  dependencies: SearchDependencies,
  reader: IndexReader,
  request: SearchRequest,
  signal?: AbortSignal,
): Promise<SearchAnswer> {
  const started = performance.now()
  const query = parseQuery(request.query)
  const answer = await untilSettled(() => {
    signal?.throwIfAborted()
    return answerOnce(dependencies, reader, { request, query }, signal)
  })
  return { ...answer, latencyMs: Math.round((performance.now() - started) * 10) / 10 }
}

interface Asked {
  readonly request: SearchRequest
  readonly query: ParsedQuery
}

/** The answer at one generation; undefined where what was found has been replaced before it could be read. */
async function answerOnce(
  { database, semantic, log }: SearchDependencies,
  reader: IndexReader,
  { request, query }: Asked,
  signal?: AbortSignal,
): Promise<Omit<SearchAnswer, 'latencyMs'> | undefined> {
  const terms = query.terms.map(({ term }) => term)
  const view = await reader.view(request, terms)
  const asked = askWithinBudget(semantic, semanticQuery(request, view), log, signal)
  const lexical = scoreChunks(view, query)
  const { hits, degraded } = await asked
  const weight = query.isName ? SEMANTIC_WEIGHT.name : SEMANTIC_WEIGHT.question
  const fused = fuse(lexical.chunks, visibleChunks(hits ?? [], view), weight)
  const files = rankFiles(fused, { text: request.query, words: lexical.words, names: query.names })
  const { words } = lexical
  const results = await describePlaces(database, spread(files, request.limit), { ...request, words })
  if (results === undefined) return undefined
  return {
    results,
    modes: hits === undefined ? ['lexical'] : ['lexical', 'semantic'],
    ...(degraded === undefined ? {} : { degraded }),
    ...stateOf(view.repositories),
  }
}

function semanticQuery(request: SearchRequest, { repositories, segments }: IndexView) {
  const narrowed = request.path !== undefined || request.language !== undefined
  const fileIds = narrowed && new Set(segments.flatMap(({ files }) => files.map(({ row }) => row.id)))
  return { query: request.query, repositories, limit: SEMANTIC_LIMIT, ...(fileIds ? { fileIds } : {}) }
}

/** The hits in files that the query may see, as chunks. */
function visibleChunks(hits: readonly SemanticHit[], { segments }: IndexView): ScoredChunk[] {
  const byId = new Map<number, TableSegment>(segments.map((segment) => [segment.id, segment]))
  return hits.flatMap(({ segmentId, document, score }) => {
    const file = ownerOf(byId.get(segmentId)?.files ?? [], document)
    return file === undefined ? [] : [{ file, segmentId, document, score, words: 0 }]
  })
}

/** The commit and time of the one repository, or of the one brought up to date longest ago. */
function stateOf(repositories: readonly RepositoryRow[]): Pick<SearchAnswer, 'commit' | 'indexedAt'> {
  const [oldest] = repositories.toSorted((a, b) => (a.indexedAt?.getTime() ?? 0) - (b.indexedAt?.getTime() ?? 0))
  return {
    ...(oldest?.commit === undefined ? {} : { commit: oldest.commit }),
    ...(oldest?.indexedAt === undefined ? {} : { indexedAt: oldest.indexedAt }),
  }
}
