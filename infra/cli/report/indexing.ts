import { Refused } from '../../faults.ts'
import type { Target } from '../target.ts'
import type { Terminal } from '../terminal.ts'
import { askServer, type IndexedRepository, type IndexJob } from './server.ts'
import { isOpen, jobLine } from './show-status.ts'

interface Followed {
  readonly target: Target
  readonly terminal: Terminal
  /** Command that shows how far indexing is. */
  readonly status: string
}

/** One to three minutes, as each look takes its time. */
const LOOKS = 120
const NAMED = 3

/**
 * Calls `ready` as soon as something can be searched, and follows indexing until all is indexed, but not for long.
 * Embedding is not followed, because search does not wait for it. Ctrl-C ends the display early.
 */
export async function followIndexing({ target, terminal, status }: Followed, ready: () => void): Promise<void> {
  const interruption = terminal.interruption()
  const { signal } = interruption
  let isReady = false
  try {
    for (let look = 1; ; look += 1) {
      const { fault, open, found } = await reportOf(target)
      const indexing = open.filter(({ kind }) => kind === 'index')
      const isOver = indexing.length === 0 || look === LOOKS || signal.aborted
      if (!isReady && (found.length > 0 || isOver)) {
        if (found.length > 0) terminal.note(`\nReady: ${namesOf(found)} can be searched.`)
        ready()
        isReady = true
      }
      if (isOver) return terminal.note(`\n${fault ?? restOf(open, found)} \`${status}\` shows how far indexing is.`)
      terminal.progress(`Ctrl-C stops watching, not indexing. ${indexing.map(jobLine).join('; ')}`)
      await terminal.pause(signal)
    }
  } finally {
    interruption.over()
  }
}

async function reportOf(target: Target) {
  const server = await target.parts().then((parts) => askServer(target, parts), asFault)
  if (server === undefined) return { fault: 'No server is running.', open: [], found: [] }
  if ('fault' in server) return { fault: `${server.fault}.`, open: [], found: [] }
  const { jobs = [], repositories = [] } = server
  return { fault: undefined, open: jobs.filter(isOpen), found: repositories.filter(({ chunks }) => chunks > 0) }
}

const asFault = (error: unknown) => {
  if (error instanceof Refused) return { fault: error.message }
  throw error
}

const namesOf = (found: readonly IndexedRepository[]) =>
  found.length > NAMED ? `${found.length} repositories` : found.map(({ name }) => name).join(', ')

/** Describes what still runs in the background. */
function restOf(open: readonly IndexJob[], found: readonly IndexedRepository[]): string {
  if (open.some(({ kind }) => kind === 'index')) return 'Indexing continues in the background.'
  if (open.length === 0) return found.length === 0 ? 'Nothing is indexed yet.' : 'Indexed.'
  return `Indexed. Embedding continues in the background, and search does not wait for it (${open.map(jobLine).join('; ')}).`
}
