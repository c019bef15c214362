import { Fault } from '../../errors.ts'
import { parseGitUrl } from '../../git-url.ts'
import type { Log } from '../../log.ts'
import type { Database } from '../../store/database.ts'
import { enqueueJob } from '../../store/jobs.ts'
import { type DueRepository, recordPoll, takeDueRepository } from '../../store/repositories.ts'
import { MINUTE } from '../../units.ts'
import type { Remotes } from './remotes.ts'

interface PollParts {
  readonly database: Database
  readonly remotes: Pick<Remotes, 'tip'>
  /** 0 to check only on request. */
  readonly intervalMs: number
  /** Returns the current version of a repository's index. */
  readonly versionOf: (repository: string) => string
  readonly log: Log
}

const AT_ONCE = 4
const LONGEST_MS = 60 * MINUTE

/**
 * Checks the repositories on git servers that are due, each in one process only. Requests a run if the index is not of
 * the latest commit or the last run failed. If a server cannot be reached, the run reports that.
 */
export function makePoll(parts: PollParts): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    await Promise.all(Array.from({ length: AT_ONCE }, () => pollDue(parts, signal)))
  }
}

async function pollDue(parts: PollParts, signal: AbortSignal): Promise<void> {
  const { database, intervalMs } = parts
  for (;;) {
    signal.throwIfAborted()
    const due = await takeDueRepository(database, { intervalMs, longestMs: LONGEST_MS })
    if (due === undefined) return
    const state = await stateOf(parts, due, signal)
    if (state === 'current') await recordPoll(database, due.id, intervalMs)
    else if (state !== 'failing') await enqueueJob(database, due.id, 'index')
  }
}

/** A repository is failing if a run could only report the fault of the last one again. */
async function stateOf(
  { remotes, versionOf, log }: PollParts,
  due: DueRepository,
  signal: AbortSignal,
): Promise<'current' | 'outdated' | 'failing'> {
  try {
    const { commit } = await remotes.tip(parseGitUrl(due.source), signal)
    return commit === due.commit && !due.failed && due.version === versionOf(due.name) ? 'current' : 'outdated'
  } catch (error) {
    signal.throwIfAborted()
    log.debug({ error, repository: due.name }, 'A repository could not be polled')
    return error instanceof Fault && error.code === due.faultCode ? 'failing' : 'outdated'
  }
}
