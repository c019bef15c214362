import { parseGitUrl } from '../../git-url.ts'
import type { Log } from '../../log.ts'
import type { Database } from '../../store/database.ts'
import { enqueueJob } from '../../store/jobs.ts'
import { type DueRepository, makeServerDue, recordPoll, takeDueRepository } from '../../store/repositories.ts'
import { MINUTE } from '../../units.ts'
import { AwayServers } from './away-servers.ts'
import type { Remotes } from './remotes.ts'

interface PollParts {
  readonly database: Database
  readonly remotes: Pick<Remotes, 'tip'>
  /** 0 to check only on request. */
  readonly intervalMs: number
  /** Returns the current version of a repository's index. */
  readonly versionOf: (repository: string) => string
  readonly log: Log
  readonly now?: () => number
}

type Polling = PollParts & { readonly away: AwayServers }

const AT_ONCE = 4
const LONGEST_MS = 60 * MINUTE

/**
 * Checks the repositories on git servers that are due, each in one process only. Requests a run if the index is not of
 * the latest commit or the last run failed. If a server cannot be reached, the run reports that, and all its
 * repositories become due as soon as it answers.
 */
export function makePoll(parts: PollParts): (signal: AbortSignal) => Promise<void> {
  const { database, remotes, now = () => performance.now() } = parts
  const away = new AwayServers({ remotes, onBack: (server) => makeServerDue(database, server), now })
  return async (signal) => {
    await away.look(signal)
    await Promise.all(Array.from({ length: AT_ONCE }, () => pollDue({ ...parts, away }, signal)))
  }
}

async function pollDue(parts: Polling, signal: AbortSignal): Promise<void> {
  const { database, intervalMs } = parts
  for (;;) {
    signal.throwIfAborted()
    const due = await takeDueRepository(database, { intervalMs, longestMs: LONGEST_MS })
    if (due === undefined) return
    if (await isUpToDate(parts, due, signal)) await recordPoll(database, due.id, intervalMs)
    else await enqueueJob(database, due.id, 'index')
  }
}

async function isUpToDate(
  { remotes, versionOf, log, away }: Polling,
  due: DueRepository,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { commit } = await remotes.tip(parseGitUrl(due.source), signal)
    return commit === due.commit && !due.failed && due.version === versionOf(due.name)
  } catch (error) {
    signal.throwIfAborted()
    away.note(due.source, error)
    log.debug({ error, repository: due.name }, 'A repository could not be polled')
    return false
  }
}
