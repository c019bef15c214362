import type { JobRow } from '../store/jobs.ts'

export interface Progress {
  readonly phase?: 'walking' | 'analysing' | 'publishing' | 'embedding'
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
  /** The first of them that a person should know of: unreadable, unparsable … */
  readonly failures?: readonly { readonly path: string; readonly reason: string }[]
}

/** A job as others see it: neither its lease nor how often it has been taken. */
export interface Job
  extends Pick<JobRow, 'id' | 'repository' | 'kind' | 'state' | 'fault' | 'createdAt' | 'startedAt' | 'finishedAt'> {
  readonly progress: Progress
}

export interface RepositorySummary {
  readonly name: string
  readonly source: string
  readonly commit?: string
  readonly files: number
  readonly chunks: number
  readonly bytes: number
  /** How many of the chunks have a vector of the model in use. */
  readonly embedded: number
  /** `empty` before the first run has published, `failed` where the last run failed. */
  readonly state: 'empty' | 'indexing' | 'ready' | 'failed'
  readonly indexedAt?: Date
  readonly skipped: Readonly<Record<string, number>>
  readonly fault?: Job['fault']
}

/** What is indexed, and the jobs that index it. */
export interface Catalogue {
  list(): Promise<RepositorySummary[]>
  /**
   * Registers the folder, if it is new, and asks for a run; where one is open already, gives that one.
   * @throws Fault `path_not_found`, `path_not_a_folder`, `path_not_allowed`, `path_unreadable`, `folder_empty`, `source_unsupported`
   */
  index(source: { readonly path?: string; readonly url?: string }, force: boolean): Promise<Job>
  /** @throws Fault `repository_unknown` */
  remove(name: string): Promise<void>
  /** @throws Fault `job_unknown` */
  job(id: string): Promise<Job>
  /** The newest jobs, newest first. */
  jobs(): Promise<Job[]>
}

/** Takes jobs and does them until closed. */
export interface Worker {
  /** Hears of progress as it happens, in this process only. */
  onProgress(listener: (job: Job) => void): void
  /** Takes no new job and lets those under way end, or hands them back when the signal aborts. */
  close(signal?: AbortSignal): Promise<void>
}
