import { resolve, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EVERY_REPOSITORY, type RepositoryScope } from '../access/repository-scope.ts'
import type { Config } from '../config.ts'
import { asFault, type Fault } from '../errors.ts'
import { gitUrlText, isGitUrl, parseNamedGitUrl } from '../git-url.ts'
import type { Catalogue, Requested, Source } from '../indexing/contract.ts'
import type { Log } from '../log.ts'
import { SECOND } from '../units.ts'

export interface Queued {
  readonly source: string
  readonly job: Requested
}

type Refuse = (fault: Fault, source: string) => void
/** `index` or `follow` of the catalogue. */
type Request = (source: Source, scope: RepositoryScope) => Promise<Requested | undefined>

/**
 * Requests a run over each folder and URL. Reports and skips those that cannot be indexed. If the database refuses for
 * the moment, tries again in the background.
 */
export async function queueSources(
  request: Request,
  sources: readonly string[],
  log: Log,
  refused: Refuse = logged(log),
): Promise<Queued[]> {
  const all: Queued[] = []
  for (const source of outermostFirst(sources)) {
    const job = await queued(source, request, log, refused)
    if (job === 'later') void queueLater(source, request, log, refused)
    else if (job !== undefined) all.push({ source, job })
  }
  return all
}

/**
 * Returns how to request the sources of the settings. Where several servers share a database, each start of one only
 * has the registered URLs checked, because a run over each would delay those that are needed.
 */
export function requestFor(catalogue: Catalogue, { kind }: Config['database']): Request {
  return kind === 'embedded'
    ? (source, scope) => catalogue.index(source, scope)
    : (source, scope) => catalogue.follow(source, scope)
}

/** Puts folders before the folders inside them, so that these are part of them. */
export function outermostFirst(sources: readonly string[]): string[] {
  const depth = (source: string) => (isGitUrl(source) ? 0 : resolve(source).split(sep).length)
  return sources.toSorted((one, other) => depth(one) - depth(other))
}

const logged =
  (log: Log): Refuse =>
  (fault, source) => {
    const { code, message, remedy } = fault
    log.error({ source, code, remedy, error: code === 'internal' ? fault.cause : undefined }, message)
  }

async function queued(
  source: string,
  request: Request,
  log: Log,
  refused: Refuse,
): Promise<Requested | 'later' | undefined> {
  try {
    return await request(sourceOf(source), EVERY_REPOSITORY)
  } catch (error) {
    const fault = asFault(error)
    const passes = PASSING.includes(fault.status)
    const report = passes ? logged(log) : refused
    report(fault, source)
    return passes ? 'later' : undefined
  }
}

/** Statuses of transient faults: overloaded, away, or too slow. */
const PASSING = [503, 504]
const LONGEST_WAIT_MS = 30 * SECOND

async function queueLater(source: string, request: Request, log: Log, refused: Refuse): Promise<void> {
  for (let wait = SECOND; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    await delay(wait, undefined, { ref: false })
    if ((await queued(source, request, log, refused)) !== 'later') return
  }
}

/** Parses an entry of REPOSITORIES or an argument. */
export function sourceOf(entry: string): Source {
  if (!isGitUrl(entry)) return { path: entry }
  const { url, ...name } = parseNamedGitUrl(entry)
  return { url: gitUrlText(url), ...name }
}
