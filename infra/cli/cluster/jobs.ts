import { componentOf, type Job } from './objects.ts'

/** The newest Job of each component that runs to its end. */
export function newestJobs(jobs: readonly Job[]): ReadonlyMap<string, Job> {
  const byAge = jobs.toSorted((a, b) => madeAt(a).localeCompare(madeAt(b)))
  return new Map(byAge.map((job) => [componentOf(job), job]))
}

const madeAt = ({ metadata }: Job) => metadata.creationTimestamp ?? ''

export const hasFailed = ({ status }: Job) =>
  status.conditions?.some(({ type, status }) => type === 'Failed' && status === 'True') === true
