import { defined } from '../fields.ts'
import type { ClaimedJob, JobEnd, JobRow } from '../store/jobs.ts'
import type { Job, Progress } from './contract.ts'

/** How a run ended. */
export interface RunOutcome {
  readonly state: 'succeeded' | 'partial' | 'failed'
  readonly progress: Progress
  readonly fault?: JobEnd['fault']
}

/**
 * Runs a job until the signal aborts.
 * @throws Fault if another attempt would not help. Any other error means that the job may be retried
 */
export type RunJob = (
  job: ClaimedJob,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
) => Promise<RunOutcome>

/** Converts a row to a job for callers. */
export function toJob(row: JobRow): Job {
  const { id, repository, kind, state, progress, fault, ofChanges, createdAt, startedAt, finishedAt } = row
  return {
    id,
    repository,
    kind,
    state,
    progress,
    createdAt,
    ...(ofChanges ? { ofChanges: true } : {}),
    ...defined({ fault, startedAt, finishedAt }),
  }
}
