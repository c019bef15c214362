import { setTimeout as delay } from 'node:timers/promises'
import { Fault } from '../errors.ts'
import { defined } from '../fields.ts'
import { getIndexingStatus, type WireJob } from '../tools/get-indexing-status.ts'
import { indexRepository } from '../tools/index-repository.ts'
import { type Backend, openBackend } from './backend.ts'
import { closeAfter } from './closers.ts'
import { printPart } from './guide.ts'
import { outermostFirst, sourceOf } from './index-folders.ts'
import { hasEnded, jobOfWire, showProgress, summaryOf } from './progress.ts'
import type { Setup } from './setup.ts'
import type { Terminal } from './terminal.ts'

const LOOK_EVERY_MS = 300

/** Indexes folders and URLs and waits for the end, from the terminal. Returns 1 if one fails. */
export async function index(setup: Setup, given: readonly string[], { force }: { force?: true }): Promise<number> {
  const sources = setup.absolute(given)
  const { indexing, repositories } = setup.config
  const watch = { ...indexing.watch, mode: 'off' } as const
  const config = { ...setup.config, repositories: [...repositories, ...sources], indexing: { ...indexing, watch } }
  return closeAfter(setup.log, config.shutdownTimeoutMs, async (closers) => {
    const backend = await openBackend({ ...setup, config }, closers, true)
    return indexBy(backend, sources, force === true, setup.terminal)
  })
}

/** Indexes sources one after the other, and shows the progress. */
export async function indexBy(
  backend: Backend,
  sources: readonly string[],
  force: boolean,
  terminal: Terminal,
): Promise<number> {
  let failed = false
  for (const source of outermostFirst(sources)) {
    const { path, url } = sourceOf(source)
    const { structured } = await backend.call(indexRepository, { ...defined({ path, url }), force })
    const { repository, path: inside } = structured
    if (typeof inside === 'string') printPart(terminal, source, String(repository), inside)
    const job = await untilEnd(backend, String(structured.job_id), terminal)
    summaryOf(jobOfWire(job)).forEach(terminal.print)
    failed ||= job.state === 'failed' || job.state === 'cancelled'
  }
  return failed ? 1 : 0
}

async function untilEnd(backend: Backend, id: string, terminal: Terminal): Promise<WireJob> {
  const show = showProgress(terminal)
  for (;;) {
    const { structured } = await backend.call(getIndexingStatus, {})
    const job = (structured.jobs as WireJob[]).find(({ job_id: other }) => other === id)
    if (job === undefined) throw new Fault('job_unknown', `The job ${id} no longer exists`, 'Index again')
    if (hasEnded(job)) return job
    show(jobOfWire(job))
    await delay(LOOK_EVERY_MS)
  }
}
