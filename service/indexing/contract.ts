import type { RepositoryScope } from '../access/repository-scope.ts'
import type { JobRow } from '../store/jobs.ts'
import type { WatchWay } from '../store/repositories.ts'
import type { SourceRow } from '../store/sources.ts'

export interface Progress {
  readonly phase?: 'fetching' | 'walking' | 'analysing' | 'publishing' | 'embedding'
  readonly filesTotal?: number
  readonly filesDone?: number
  readonly filesUnchanged?: number
  readonly filesRemoved?: number
  readonly chunks?: number
  readonly bytes?: number
  readonly chunksToEmbed?: number
  readonly chunksEmbedded?: number
  /** Number of files and folders left out, by reason. */
  readonly skipped?: Readonly<Record<string, number>>
  /** Number of masked secrets in the analysed files, by kind. */
  readonly masked?: Readonly<Record<string, number>>
  /** The first ones that people should know about: unreadable, unparsable, ineffective rules in ignore files … */
  readonly failures?: readonly { readonly path: string; readonly reason: string }[]
}

/** A job as callers see it, without its lease and attempts. */
export interface Job
  extends Pick<JobRow, 'id' | 'repository' | 'kind' | 'state' | 'fault' | 'createdAt' | 'startedAt' | 'finishedAt'> {
  readonly progress: Progress
  /** Set if the job looks only at changed paths. */
  readonly ofChanges?: true
}

/** A file or folder that is missing from the index in whole or in part. */
export interface LeftOutPath {
  readonly path: string
  readonly reason: string
  readonly detail?: string
}

export interface LeftOutPage {
  /** Name of the repository. */
  readonly repository: string
  /** In the order of paths. */
  readonly paths: readonly LeftOutPath[]
  /** Path after which the next page begins. Undefined on the last page. */
  readonly next?: string
}

export interface RepositorySummary {
  readonly name: string
  /** A folder, or the address of a repository on a git server. */
  readonly source: string
  /** The requested branch or tag, if any. */
  readonly branch?: string
  readonly commit?: string
  readonly files: number
  readonly chunks: number
  readonly bytes: number
  /** Number of chunks with a vector of the configured model: Ollama's if it is in use. */
  readonly embedded: number
  /** Number of chunks that can be found by meaning, by that model or by the package's. */
  readonly byMeaning: number
  /** `empty` before the first publication, `failed` if the last run failed. */
  readonly state: 'empty' | 'indexing' | 'ready' | 'failed'
  readonly indexedAt?: Date
  readonly skipped: Readonly<Record<string, number>>
  /** Some of the paths left out, starting with those that people may miss. */
  readonly leftOut: readonly LeftOutPath[]
  /** Number of masked secrets in the index, by kind. */
  readonly masked: Readonly<Record<string, number>>
  readonly fault?: Job['fault']
  /** How changes to its folder are detected. Undefined if they are not. */
  readonly watch?: WatchWay
}

/** A folder or a git URL. The name applies if it is free. */
export interface Source {
  readonly path?: string
  readonly url?: string
  readonly name?: string
}

/** A source to index. */
interface IndexRequest extends Source {
  /** Analyses all files again, not only those that have changed. */
  readonly force?: boolean
}

/** The job of a requested source. */
export interface Requested extends Job {
  /** Path of the requested folder in the repository, if that is of a folder around it. */
  readonly path?: string
}

/** A push that a git server reports. */
export interface Push {
  /** All of the server's addresses for the repository. */
  readonly urls: readonly string[]
  /** The server's number for the repository. */
  readonly id?: string
  /** Full name of the branch or tag. */
  readonly ref: string
  readonly defaultBranch?: string
}

/** The indexed repositories and their jobs, limited to a scope. Everything outside the scope appears not to exist. */
export interface Catalogue {
  list(scope: RepositoryScope): Promise<RepositorySummary[]>
  /** Lists what the index of a repository leaves out, after a path. @throws Fault `repository_unknown` */
  leftOut(name: string, after: string, scope: RepositoryScope): Promise<LeftOutPage>
  /**
   * Registers the source if it is new, and requests a run, or returns the open one. Only a scope of everything may add
   * sources. A folder that is part of an indexed one is not registered: the run is over the repository that has it.
   * @throws Fault `path_not_found`, `path_not_a_folder`, `path_not_allowed`, `path_unreadable`, `folder_empty`,
   * `repository_overlaps`, `source_unsupported`, `url_not_allowed`
   */
  index(request: IndexRequest, scope: RepositoryScope): Promise<Requested>
  /**
   * Requests a run of each repository that a push concerns. Pushes to other branches and repositories have no effect,
   * except that an unknown repository makes its organisation or group be listed again.
   */
  pushed(push: Push): Promise<Job[]>
  /** Lists all sources again, because a server reports that their repositories changed. */
  listAgain(): Promise<void>
  /** Returns the sources, or none if the scope does not contain all repositories. */
  sources(scope: RepositoryScope): Promise<SourceRow[]>
  /** @throws Fault `repository_unknown`, `repository_listed` */
  remove(name: string, scope: RepositoryScope): Promise<void>
  /** @throws Fault `job_unknown` */
  job(id: string, scope: RepositoryScope): Promise<Job>
  /** Returns the latest jobs, newest first. */
  jobs(scope: RepositoryScope): Promise<Job[]>
}

/** Takes and runs jobs until it is closed. */
export interface Worker {
  /** Calls the listener with the progress of jobs in this process. */
  onProgress(listener: (job: Job) => void): void
  /** Takes no new jobs, and lets running ones finish. When the signal aborts, returns them to the queue. */
  close(signal?: AbortSignal): Promise<void>
}
