import type { RepositoryScope } from '../access/repository-scope.ts'

/** What every question has: the repositories that who asks may know of. */
export interface Scoped {
  readonly scope: RepositoryScope
}

/** Narrows what is searched; what is absent does not narrow. */
export interface Filter {
  /** A repository's name. */
  readonly repository?: string
  /** Files, folders and globs as people write them, separated by commas, those after `!` left out: `src/**,!*.test.ts`. */
  readonly path?: string
  /** More of the same, which files must be at as well. */
  readonly within?: readonly string[]
  /** Any of these languages, by their names as in `file.language`: `typescript`, `python` … */
  readonly languages?: readonly string[]
}

export type Detail = 'paths' | 'snippets' | 'full'

export interface SearchRequest extends Filter, Scoped {
  readonly query: string
  /** 1 to 50. */
  readonly limit: number
  readonly detail: Detail
}

/** Why a result came; words are stems of the question's. */
export interface Why {
  /** The legs that found it. */
  readonly legs: readonly Leg[]
  /** That the chunk holds, that names defined in it hold, and that its path holds. */
  readonly words: readonly string[]
  readonly names: readonly string[]
  readonly path: readonly string[]
  /** Standard deviations above the mean of all chunks searched; absent where meaning did not find it. */
  readonly likeness?: number
  /** Whether it defines the one thing that the question names. */
  readonly defines?: true
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
  /** Of each line of the snippet, its number in the file; 0 for a sign that lines are left out. */
  readonly snippetLines?: readonly number[]
  readonly why: Why
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
  /** What to know of the index or the question, for instance that the first run still goes on, or why the filter left no file. */
  readonly note?: string
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
  /** That the filter leaves. */
  readonly files: number
  /** Whose texts were searched to their end; the index has ruled out the others, or `degraded` says why not. */
  readonly filesSearched: number
  /** Why files were not searched, where that is not for the limit. */
  readonly degraded?: string
  /** What to know of the index, for instance that the first run still goes on, or why the filter left no file. */
  readonly note?: string
  /** What the path asks for, or, where nothing matches, what could have been asked for, and is not in the index. */
  readonly leftOut?: string
  readonly latencyMs: number
}

/** A file of a repository, which need not be named where only one has the file. */
export interface FileRequest extends Scoped {
  readonly repository?: string
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
  /** What to know of the index, for instance that the last run failed. */
  readonly note?: string
  /** What of the file is not in the index, where that is not all of it. */
  readonly leftOut?: string
}

/** Something that code gives a name to. */
interface Definition {
  readonly symbol: string
  /** `class`, `function`, `method` …; absent in what an older version has indexed. */
  readonly kind?: string
  readonly startLine: number
  readonly endLine: number
  /** The lines of its name and parameters, as one. */
  readonly signature: string
}

export interface OutlineAnswer {
  readonly repository: string
  readonly path: string
  readonly language: string
  readonly totalLines: number
  /** By their lines. */
  readonly definitions: readonly Definition[]
  /** What a reader has to know of the index. */
  readonly note?: string
}

export interface SymbolRequest extends Filter, Scoped {
  /** A name, or one with the names of what encloses it: `save`, `Model.save`, `Server::listen`. */
  readonly name: string
  /** How many are passed over, and how many are given at most. */
  readonly offset: number
  readonly limit: number
}

export interface SymbolAnswer {
  readonly definitions: readonly (Definition & {
    readonly repository: string
    readonly path: string
    readonly language: string
  })[]
  /** How many there are. */
  readonly total: number
  /** Whether nothing has just this name, and these have names that are near. */
  readonly near: boolean
  /** What to know of the index, or why the filter left no file. */
  readonly note?: string
}

export interface FilesRequest extends Filter, Scoped {
  /** How many entries are passed over, and how many are given at most. */
  readonly offset: number
  readonly limit: number
}

/** A file, or a folder with what is inside: by its own entries, which follow, where it is open, else by their number. */
export type ListedEntry = { readonly repository: string; readonly path: string } & (
  | { readonly language: string; readonly bytes: number }
  | { readonly files: number; readonly isOpen: boolean }
)

export interface FilesAnswer {
  readonly entries: readonly ListedEntry[]
  /** How many entries there are in all. */
  readonly entriesInAll: number
  readonly files: number
  /** What to know of the index, or why the filter left no file. */
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
  /** What a file defines. @throws Fault `repository_unknown`, `file_unknown` */
  outline(request: FileRequest): Promise<OutlineAnswer>
  /** Where a name is defined. @throws Fault `repository_unknown`, `request_invalid` */
  symbols(request: SymbolRequest): Promise<SymbolAnswer>
  /** The files that the filter leaves, as a tree. @throws Fault `repository_unknown`, `request_invalid` */
  files(request: FilesRequest): Promise<FilesAnswer>
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
