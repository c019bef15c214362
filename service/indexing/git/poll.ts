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
  /** 0 where only those are looked at that somebody has made due. */
  readonly intervalMs: number
  /** Of which version the index of a repository would be if it were made now. */
  readonly versionOf: (repository: string) => string
  readonly log: Log
  readonly now?: () => number
}

type Polling = PollParts & { readonly away: AwayServers }

const AT_ONCE = 4
const LONGEST_MS = 60 * MINUTE

/**
 * Looks at the repositories on git servers that are due, each in one process only, and asks for a run where the index is
 * not of their newest commit or the last run failed. Where a server cannot be asked, the run says why, and all that waits for
 * the server is due as soon as it answers again.
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
    else await enqueueJob(database, due.id, 'index', false)
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
