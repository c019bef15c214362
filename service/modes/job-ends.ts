import { Fault } from '../errors.ts'
import type { Job } from '../indexing/contract.ts'

/** Waits for the ends of jobs, which this process's worker reports. */
export class JobEnds {
  readonly #ended = new Map<string, Job>()
  readonly #waiting = new Map<string, (job: Job) => void>()

  tell(job: Job): void {
    if (job.state === 'queued' || job.state === 'running') return
    this.#ended.set(job.id, job)
    this.#waiting.get(job.id)?.(job)
  }

  of(id: string): Promise<Job> {
    const ended = this.#ended.get(id)
    if (ended !== undefined) return Promise.resolve(ended)
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }
}

/** @throws Fault of the first job if all have failed */
export function refuseIfAllFailed(jobs: readonly Job[]): void {
  const [first] = jobs
  if (first === undefined || jobs.some(({ state }) => state !== 'failed')) return
  const { code, message, remedy } = first.fault ?? {
    code: 'internal',
    message: `${first.repository} could not be indexed`,
    remedy: 'See the log',
  }
  throw new Fault(code as Fault['code'], message, remedy)
}
