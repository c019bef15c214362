import { getIndexingStatus } from '../tools/get-indexing-status.ts'
import { listRepositories } from '../tools/list-repositories.ts'
import { openBackend } from './backend.ts'
import { closeAfter } from './closers.ts'
import { printNothingIndexed } from './guide.ts'
import type { Setup } from './setup.ts'

/** Prints what is indexed and what is running, on the terminal. */
export async function status(setup: Setup, { json }: { json?: true }): Promise<number> {
  const { config, log, terminal } = setup
  return closeAfter(log, config.shutdownTimeoutMs, async (closers) => {
    const backend = await openBackend(setup, closers)
    const repositories = await backend.call(listRepositories, {})
    const jobs = await backend.call(getIndexingStatus, {})
    if (json) terminal.print(JSON.stringify({ ...repositories.structured, ...jobs.structured }, null, 2))
    else if (repositories.structured.total === 0) await printNothingIndexed(setup)
    else terminal.print(hasJobs(jobs.structured) ? `${repositories.text}\n\n${jobs.text}` : repositories.text)
    return 0
  })
}

const hasJobs = ({ jobs }: { readonly jobs?: unknown }) => Array.isArray(jobs) && jobs.length > 0
