import { asFault, Fault } from '../../errors.ts'
import type { GitSource } from '../../git-sources.ts'
import type { Log } from '../../log.ts'
import type { Database } from '../../store/database.ts'
import {
  applyListing,
  keepSources,
  knownRepositories,
  recordListing,
  recordListingFault,
  takeDueSource,
} from '../../store/sources.ts'
import { MINUTE } from '../../units.ts'
import { changesOf } from './changes.ts'
import { listRepositories } from './listing.ts'
import { Limited } from './refusals.ts'

interface SourceParts {
  readonly database: Database
  readonly sources: readonly GitSource[]
  /** Returns the token for an address, if there is one. */
  readonly tokenFor: (address: string) => string | undefined
  /** 0 to list a source once, and then on request. */
  readonly intervalMs: number
  readonly log: Log
}

const LONGEST_MS = 60 * MINUTE

/** Lists the sources that are due, each in one process only, and registers their repositories. */
export function makeSourcePoll(parts: SourceParts): (signal: AbortSignal) => Promise<void> {
  const { database, sources, intervalMs } = parts
  let areKept = false
  return async (signal) => {
    if (!areKept)
      await keepSources(
        database,
        sources.map(({ url }) => url),
        intervalMs,
      )
    areKept = true
    for (;;) {
      signal.throwIfAborted()
      const url = await takeDueSource(database, { intervalMs, longestMs: LONGEST_MS })
      const source = sources.find((each) => each.url === url)
      if (url === undefined) return
      if (source !== undefined) await list(parts, source, signal)
    }
  }
}

async function list({ database, tokenFor, intervalMs, log }: SourceParts, source: GitSource, signal: AbortSignal) {
  const { url } = source
  const token = tokenFor(url)
  try {
    const listed = await listRepositories({ source, signal, ...(token === undefined ? {} : { token }) })
    const known = await knownRepositories(database)
    if (listed.length === 0)
      refuseEmpty(
        source,
        known.some(({ listedBy }) => listedBy === url),
      )
    const changes = changesOf(source, listed, known)
    await applyListing(database, url, changes)
    await recordListing(database, url, intervalMs)
    const [added, moved, removed] = [changes.added.length, changes.moved.length, changes.removed.length]
    if (added + moved + removed > 0) log.info({ source: url, added, moved, removed }, 'A source was listed')
  } catch (error) {
    signal.throwIfAborted()
    const { code, message, remedy } = asFault(error)
    log.warn({ source: url, code, remedy, ...(code === 'internal' ? { error } : {}) }, message)
    const waitMs = error instanceof Limited ? error.waitMs : undefined
    await recordListingFault(database, url, { code, message, remedy }, waitMs)
  }
}

/** If all repositories disappear at once, the token has probably lost its permissions, or a pattern is wrong. */
function refuseEmpty({ url, include }: GitSource, hadSome: boolean): void {
  const patterns = include.length === 0 ? '' : ` that matches ${include.join(', ')}`
  throw new Fault(
    'remote_not_found',
    `${url} has no repository${patterns}${hadSome ? '; those that it had are kept' : ''}`,
    'Check what its token may see, and include, exclude, archived and forks of the source',
  )
}
