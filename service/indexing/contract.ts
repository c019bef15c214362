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
  /** How many files or folders were left out, by reason. */
  readonly skipped?: Readonly<Record<string, number>>
  /** How many secrets were masked in the files analysed, by kind. */
  readonly masked?: Readonly<Record<string, number>>
  /** The first of them that a person should know of: unreadable, unparsable, rules of ignore files that do not count … */
  readonly failures?: readonly { readonly path: string; readonly reason: string }[]
}

/** A job as others see it: neither its lease nor how often it has been taken. */
export interface Job
  extends Pick<JobRow, 'id' | 'repository' | 'kind' | 'state' | 'fault' | 'createdAt' | 'startedAt' | 'finishedAt'> {
  readonly progress: Progress
  /** Where only changed paths are looked at. */
  readonly ofChanges?: true
}

/** A file or folder that is not in an index, or not whole. */
export interface LeftOutPath {
  readonly path: string
  readonly reason: string
  readonly detail?: string
}

interface LeftOutPage {
  /** In the order of paths. */
  readonly paths: readonly LeftOutPath[]
  /** After which path the next page begins; absent where this is the last. */
  readonly next?: string
}

export interface RepositorySummary {
  readonly name: string
  /** A folder, or the address of a repository on a git server. */
  readonly source: string
  /** The branch or tag, where one was asked for. */
  readonly branch?: string
  readonly commit?: string
  readonly files: number
  readonly chunks: number
  readonly bytes: number
  /** How many of the chunks have a vector of the embedding model in the settings, which is Ollama's where that is in use. */
  readonly embedded: number
  /** How many of the chunks can be found by meaning: by that model, or by the one in the package. */
  readonly byMeaning: number
  /** `empty` before the first run has published, `failed` where the last run failed. */
  readonly state: 'empty' | 'indexing' | 'ready' | 'failed'
  readonly indexedAt?: Date
  readonly skipped: Readonly<Record<string, number>>
  /** Some of those, first what somebody may miss. */
  readonly leftOut: readonly LeftOutPath[]
  /** How many secrets are masked in the index, by kind. */
  readonly masked: Readonly<Record<string, number>>
  readonly fault?: Job['fault']
  /** How changes of its folder are noticed; absent where they are not. */
  readonly watch?: WatchWay
}

/** A folder, or the URL of a repository on a git server with the name that it gets if that is free. */
export interface Source {
  readonly path?: string
  readonly url?: string
  readonly name?: string
}

/** What a git server tells of a push. */
export interface Push {
  /** All addresses that the server has for the repository. */
  readonly urls: readonly string[]
  /** The whole name of the branch or tag. */
  readonly ref: string
  readonly defaultBranch?: string
}

/** What is indexed, and the jobs that index it, as far as a scope lets see; the rest is as if it were not there. */
export interface Catalogue {
  list(scope: RepositoryScope): Promise<RepositorySummary[]>
  /** What the index of a repository leaves out, behind a path. @throws Fault `repository_unknown` */
  leftOut(name: string, after: string, scope: RepositoryScope): Promise<LeftOutPage>
  /**
   * Registers the source, if it is new, and asks for a run; where one is open already, gives that one. Only a scope of
   * everything takes what is new.
   * @throws Fault `path_not_found`, `path_not_a_folder`, `path_not_allowed`, `path_unreadable`, `folder_empty`, `source_unsupported`, `url_not_allowed`
   */
  index(source: Source, force: boolean, scope: RepositoryScope): Promise<Job>
  /**
   * Asks for a run of each repository that the push is to; none where it is to another branch or repository. Where nobody
   * has the repository, the organisation or group that it is in is listed again.
   */
  pushed(push: Push): Promise<Job[]>
  /** Has all organisations and groups listed again: a server has told that they have other repositories. */
  listAgain(): Promise<void>
  /** The organisations and groups whose repositories are indexed; none for a scope of some repositories. */
  sources(scope: RepositoryScope): Promise<SourceRow[]>
  /** @throws Fault `repository_unknown` */
  remove(name: string, scope: RepositoryScope): Promise<void>
  /** @throws Fault `job_unknown` */
  job(id: string, scope: RepositoryScope): Promise<Job>
  /** The newest jobs, newest first. */
  jobs(scope: RepositoryScope): Promise<Job[]>
}

/** Takes jobs and does them until closed. */
export interface Worker {
  /** Hears of progress as it happens, in this process only. */
  onProgress(listener: (job: Job) => void): void
  /** Takes no new job and lets those under way end, or hands them back when the signal aborts. */
  close(signal?: AbortSignal): Promise<void>
}
