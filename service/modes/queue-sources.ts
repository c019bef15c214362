import { setTimeout as delay } from 'node:timers/promises'
import { EVERY_REPOSITORY } from '../access/repository-scope.ts'
import { asFault } from '../errors.ts'
import { gitUrlText, isGitUrl, parseNamedGitUrl } from '../git-url.ts'
import type { Catalogue, Job, Source } from '../indexing/contract.ts'
import type { Log } from '../log.ts'
import { SECOND } from '../units.ts'

/**
 * Requests a run over each folder and URL. Logs and skips those that cannot be indexed. If the database refuses for the
 * moment, tries again in the background.
 */
export async function queueSources(catalogue: Catalogue, sources: readonly string[], log: Log): Promise<Job[]> {
  const jobs: Job[] = []
  for (const source of sources) {
    const job = await queued(source, catalogue, log)
    if (job === 'later') void queueLater(source, catalogue, log)
    else if (job !== undefined) jobs.push(job)
  }
  return jobs
}

async function queued(source: string, catalogue: Catalogue, log: Log): Promise<Job | 'later' | undefined> {
  try {
    return await catalogue.index(sourceOf(source), EVERY_REPOSITORY)
  } catch (error) {
    const { code, message, remedy, status } = asFault(error)
    log.error({ source, code, remedy, error: code === 'internal' ? error : undefined }, message)
    return PASSING.includes(status) ? 'later' : undefined
  }
}

/** Statuses of transient faults: overloaded, away, or too slow. */
const PASSING = [503, 504]
const LONGEST_WAIT_MS = 30 * SECOND

async function queueLater(source: string, catalogue: Catalogue, log: Log): Promise<void> {
  for (let wait = SECOND; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    await delay(wait, undefined, { ref: false })
    if ((await queued(source, catalogue, log)) !== 'later') return
  }
}

/** Parses an entry of REPOSITORIES or an argument. */
export function sourceOf(entry: string): Source {
  if (!isGitUrl(entry)) return { path: entry }
  const { url, ...name } = parseNamedGitUrl(entry)
  return { url: gitUrlText(url), ...name }
}
