import type { RepositoryScope } from '../access/repository-scope.ts'

/** Part of every request: the repositories that the caller may know about. */
export interface Scoped {
  readonly scope: RepositoryScope
}

/** Narrows a search. Undefined fields do not narrow it. */
export interface Filter {
  /** Name of a repository, or names to leave out, each after `!` and separated by commas. */
  readonly repository?: string
  /** Files, folders and globs, separated by commas. Those after `!` are left out: `src/**,!*.test.ts`. */
  readonly path?: string
  /** More of the same, which files must be at as well. */
  readonly within?: readonly string[]
  /** Any of these languages, by their names in `file.language`: `typescript`, `python` … */
  readonly languages?: readonly string[]
}

export type Detail = 'paths' | 'snippets' | 'full'

export interface SearchRequest extends Filter, Scoped {
  readonly query: string
  /** 1 to 50. */
  readonly limit: number
  readonly detail: Detail
}

/** Why a result was found. Words are stems of the question's. */
export interface Why {
  /** The legs that found it. */
  readonly legs: readonly Leg[]
  /** Words in the chunk, in names that it defines, and in its path. */
  readonly words: readonly string[]
  readonly names: readonly string[]
  readonly path: readonly string[]
  /** Standard deviations above the mean of all searched chunks. Undefined if the semantic leg did not find it. */
  readonly likeness?: number
  /** Set if it defines the single name that the question consists of. */
  readonly defines?: true
}

export interface SearchResult {
  readonly repository: string
  readonly path: string
  readonly startLine: number
  readonly endLine: number
  readonly symbol?: string
  readonly language: string
  /** Comparable only within one answer. */
  readonly score: number
  readonly snippet?: string
  /** The number of each snippet line in the file, or 0 for a marker of omitted lines. */
  readonly snippetLines?: readonly number[]
  readonly why: Why
}

type Leg = 'lexical' | 'semantic'

export interface SearchAnswer {
  readonly results: readonly SearchResult[]
  /** The legs that answered. */
  readonly modes: readonly Leg[]
  /** The embedding models that the semantic leg used. */
  readonly models: readonly string[]
  /** Why a leg is missing or incomplete. */
  readonly degraded?: string
  /**
   * A note about the index or the question, for example that the first run is in progress, or why no file matches the
   * filter.
   */
  readonly note?: string
  /** State of the only repository searched, or of the one with the oldest index. */
  readonly commit?: string
  readonly indexedAt?: Date
  readonly latencyMs: number
}

export interface GrepRequest extends Filter, Scoped {
  /** A regular expression in RE2's syntax. */
  readonly pattern: string
  readonly ignoreCase: boolean
  /** Lines to show before and after each match, 0 to 10. */
  readonly context: number
  /** Maximum number of matching lines, 1 to 200. */
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
  /** Whether there may be more matches, beyond the limit or in files that were not searched. */
  readonly truncated: boolean
  /** Number of files that match the filter. */
  readonly files: number
  /**
   * Number of files whose texts were searched completely. The index has ruled out the others, unless `degraded` says
   * why not.
   */
  readonly filesSearched: number
  /** Why files were not searched, if not because of the limit. */
  readonly degraded?: string
  /** A note about the index, for example that the first run is in progress, or why no file matches the filter. */
  readonly note?: string
  /** What the path names, or what could have been meant if nothing matches, and is not in the index. */
  readonly leftOut?: string
  readonly latencyMs: number
}

/** A file of a repository. The repository is optional if only one has the file. */
export interface FileRequest extends Scoped, Pick<Filter, 'repository' | 'within'> {
  /** From the repository's root, or from one of the folders `within`. */
  readonly path: string
}

export interface ReadRequest extends FileRequest {
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
  /** A note about the index, for example that the last run failed. */
  readonly note?: string
  /** Which part of the file is not in the index, if any. */
  readonly leftOut?: string
}

/** A named definition in code. */
interface Definition {
  readonly symbol: string
  /** `class`, `function`, `method` … */
  readonly kind?: string
  readonly startLine: number
  readonly endLine: number
  /** The lines of its name and parameters, joined. */
  readonly signature: string
}

export interface OutlineAnswer {
  readonly repository: string
  readonly path: string
  readonly language: string
  readonly totalLines: number
  /** In the order of their lines. */
  readonly definitions: readonly Definition[]
  /** A note about the index. */
  readonly note?: string
  /** Which definitions may be missing, and why, if any. */
  readonly leftOut?: string
}

export interface SymbolRequest extends Filter, Scoped {
  /** A name, optionally qualified by enclosing names: `save`, `Model.save`, `Server::listen`. */
  readonly name: string
  /** Number of definitions to skip, and maximum number to return. */
  readonly offset: number
  readonly limit: number
}

export interface SymbolAnswer {
  readonly definitions: readonly (Definition & {
    readonly repository: string
    readonly path: string
    readonly language: string
  })[]
  /** Total number of definitions. */
  readonly total: number
  /** Whether nothing has exactly this name, and these have similar names. */
  readonly near: boolean
  /** A note about the index, or why no file matches the filter. */
  readonly note?: string
}

export interface FilesRequest extends Filter, Scoped {
  /** Number of entries to skip, and maximum number to return. */
  readonly offset: number
  readonly limit: number
}

/** A file or a folder. An open folder's entries follow it; a closed one has a count of its files. */
export type ListedEntry = { readonly repository: string; readonly path: string } & (
  | { readonly language: string; readonly bytes: number }
  | { readonly files: number; readonly isOpen: boolean }
)

export interface FilesAnswer {
  readonly entries: readonly ListedEntry[]
  /** Total number of entries. */
  readonly entriesInAll: number
  readonly files: number
  /** A note about the index, or why no file matches the filter. */
  readonly note?: string
}

/** Answers questions from the index. */
export interface Search {
  /** @throws Fault `repository_unknown` */
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer>
  /** @throws Fault `repository_unknown`, `pattern_invalid` */
  grep(request: GrepRequest, signal?: AbortSignal): Promise<GrepAnswer>
  /** @throws Fault `repository_unknown`, `file_unknown`, `file_left_out`, `request_invalid` */
  read(request: ReadRequest): Promise<ReadAnswer>
  /** Lists what a file defines. @throws Fault `repository_unknown`, `file_unknown` */
  outline(request: FileRequest): Promise<OutlineAnswer>
  /** Finds where a name is defined. @throws Fault `repository_unknown`, `request_invalid` */
  symbols(request: SymbolRequest): Promise<SymbolAnswer>
  /** Lists the files that match the filter, as a tree. @throws Fault `repository_unknown`, `request_invalid` */
  files(request: FilesRequest): Promise<FilesAnswer>
}

/** How a model's vectors are compared: in this process's memory, or by an index in Postgres. */
export interface ModelInUse {
  readonly model: string
  readonly vectors: number
  readonly way: 'memory' | 'index'
  /** Memory in use. */
  readonly bytes?: number
}

/** The search of this process. */
export interface SearchEngine extends Search {
  /** Loads what the first questions would otherwise wait for. */
  warm(): Promise<void>
  /** Returns the models whose vectors have been used, and how they are compared. */
  models(): readonly ModelInUse[]
  /** Ends the search's threads. */
  close(): Promise<void>
}
