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
  /** The embedding models that the semantic leg answered by. */
  readonly models: readonly string[]
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
  /** Whether there may be more matches: more than the limit, or in files that were not searched. */
  readonly truncated: boolean
  /** To their end. */
  readonly filesSearched: number
  /** Why files were not searched, where that is not for the limit. */
  readonly degraded?: string
  /** What the path asks for, or, where nothing matches, what could have been asked for, and is not in the index. */
  readonly leftOut?: string
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
  /** What of the file is not in the index, where that is not all of it. */
  readonly leftOut?: string
}

/** Answers questions from the index. */
export interface Search {
  /** @throws Fault `repository_unknown` */
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer>
  /** @throws Fault `repository_unknown`, `pattern_invalid` */
  grep(request: GrepRequest, signal?: AbortSignal): Promise<GrepAnswer>
  /** @throws Fault `repository_unknown`, `file_unknown`, `file_left_out`, `request_invalid` */
  read(request: ReadRequest): Promise<ReadAnswer>
}

/** How the vectors of a model are compared: in the memory of this process, or by an index in Postgres. */
export interface ModelInUse {
  readonly model: string
  readonly vectors: number
  readonly way: 'memory' | 'index'
  /** Of memory. */
  readonly bytes?: number
}

/** A search of this process. */
export interface SearchEngine extends Search {
  /** Reads what the first questions would otherwise wait for. */
  warm(): Promise<void>
  /** The embedding models that there are vectors of, as far as they were needed, and how these are compared. */
  models(): readonly ModelInUse[]
  /** Ends the threads of this search. */
  close(): Promise<void>
}
