import { EVERY_REPOSITORY } from '../access/repository-scope.ts'
import { asFault, Fault } from '../errors.ts'
import { gitUrlText, isGitUrl, parseNamedGitUrl } from '../git-url.ts'
import type { Catalogue, Job, Source } from '../indexing/contract.ts'
import type { Log } from '../log.ts'

/** Asks for a run over each folder and URL; one that cannot be indexed is logged and left out. */
export async function queueFolders(catalogue: Catalogue, sources: readonly string[], log: Log): Promise<Job[]> {
  const jobs: Job[] = []
  for (const source of sources) {
    try {
      jobs.push(await catalogue.index(sourceOf(source), false, EVERY_REPOSITORY))
    } catch (error) {
      const { code, message, remedy } = asFault(error)
      log.error({ source, code, remedy, error: code === 'internal' ? error : undefined }, message)
    }
  }
  return jobs
}

/** What an entry of REPOSITORIES, or an argument, means. */
export function sourceOf(entry: string): Source {
  if (!isGitUrl(entry)) return { path: entry }
  const { url, ...name } = parseNamedGitUrl(entry)
  return { url: gitUrlText(url), ...name }
}

/** The ends of some jobs, told by the worker of this process. */
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

/** @throws Fault of the first job where all of them failed */
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
