import type { ClaimedJob, JobEnd, JobRow } from '../store/jobs.ts'
import type { Job, Progress } from './contract.ts'

/** How a run of a job ended. */
export interface RunOutcome {
  readonly state: 'succeeded' | 'partial' | 'failed'
  readonly progress: Progress
  readonly fault?: JobEnd['fault']
}

/**
 * Does a job that has been taken, until the signal aborts.
 * @throws Fault where doing it again would not help; any other error means that it may be tried again
 */
export type RunJob = (
  job: ClaimedJob,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
) => Promise<RunOutcome>

/** The job as others see it. */
export function toJob(row: JobRow): Job {
  const { id, repository, kind, state, progress, fault, ofChanges, createdAt, startedAt, finishedAt } = row
  return {
    id,
    repository,
    kind,
    state,
    progress,
    createdAt,
    ...(fault === undefined ? {} : { fault }),
    ...(ofChanges ? { ofChanges: true } : {}),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  }
}
