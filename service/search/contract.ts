import type { RepositoryScope } from '../access/repository-scope.ts'

/** What every question has: the repositories that who asks may know of. */
export interface Scoped {
  readonly scope: RepositoryScope
}

/** Narrows what is searched; what is absent does not narrow. */
export interface Filter {
  /** A repository's name. */
  readonly repository?: string
  /** A glob over paths: `src/**`, `*.test.ts`. */
  readonly path?: string
  /** A language's name as in `file.language`: `typescript`, `python` … */
  readonly language?: string
}

export type Detail = 'paths' | 'snippets' | 'full'

export interface SearchRequest extends Filter, Scoped {
  readonly query: string
  /** 1 to 50. */
  readonly limit: number
  readonly detail: Detail
  /** Snippets end when they have used up this many tokens of the answer (four characters each). */
  readonly maxTokens?: number
}

export interface SearchResult {
  readonly repository: string
  readonly path: string
  readonly startLine: number
  readonly endLine: number
  readonly symbol?: string
  readonly language: string
  /** Comparable within one answer only. */
  readonly score: number
  readonly snippet?: string
}

type Leg = 'lexical' | 'semantic'

export interface SearchAnswer {
  readonly results: readonly SearchResult[]
  /** The legs that answered. */
  readonly modes: readonly Leg[]
  /** Why a leg is missing or incomplete, where one is. */
  readonly degraded?: string
  /** The state of the one repository searched, or of the oldest of several. */
  readonly commit?: string
  readonly indexedAt?: Date
  readonly latencyMs: number
}

export interface GrepRequest extends Filter, Scoped {
  /** A regular expression in RE2's syntax. */
  readonly pattern: string
  readonly ignoreCase: boolean
  /** Lines shown before and after each match, 0 to 10. */
  readonly context: number
  /** Matching lines in all, 1 to 200. */
  readonly limit: number
}

export interface GrepMatch {
  readonly repository: string
  readonly path: string
  readonly line: number
  readonly text: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

export interface GrepAnswer {
  readonly matches: readonly GrepMatch[]
  /** Whether there are more matches than the limit, or the deadline came first. */
  readonly truncated: boolean
  readonly filesSearched: number
  readonly latencyMs: number
}

export interface ReadRequest extends Scoped {
  readonly repository: string
  readonly path: string
  readonly startLine?: number
  readonly endLine?: number
}

export interface ReadAnswer {
  readonly repository: string
  readonly path: string
  readonly language: string
  readonly startLine: number
  readonly endLine: number
  readonly totalLines: number
  readonly text: string
}

/** A repository at the generation that a query reads. */
export interface SearchedRepository {
  readonly id: number
  readonly generation: number
}

/** A chunk near the query; its segment and document name it. */
export interface SemanticHit {
  readonly segmentId: number
  readonly document: number
  /** Cosine similarity, 0 to 1. */
  readonly score: number
}

export interface SemanticQuery {
  readonly query: string
  readonly repositories: readonly SearchedRepository[]
  /** Where given, only chunks of these files count. */
  readonly fileIds?: ReadonlySet<number>
  readonly limit: number
}

/** Finds chunks by the meaning of their text. */
export interface SemanticLeg {
  /**
   * The chunks nearest to the query, nearest first; `incomplete` says why some could not be considered.
   * @throws Fault of the embedder or the database; the caller answers without this leg
   */
  nearest(
    query: SemanticQuery,
    signal: AbortSignal,
  ): Promise<{ readonly hits: readonly SemanticHit[]; readonly incomplete?: string }>
}

/** Answers questions from the index. */
export interface Search {
  /** @throws Fault `repository_unknown` */
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer>
  /** @throws Fault `repository_unknown`, `pattern_invalid` */
  grep(request: GrepRequest, signal?: AbortSignal): Promise<GrepAnswer>
  /** @throws Fault `repository_unknown`, `file_unknown`, `request_invalid` */
  read(request: ReadRequest): Promise<ReadAnswer>
}
