import type { Config } from '../config.ts'
import type { Job } from '../indexing/contract.ts'
import { openService, type Service } from '../open.ts'
import { announceServer } from './announced-server.ts'
import { type Closers, closeAfter } from './closers.ts'
import { checkFolders } from './folders.ts'
import { printEmbedderState, printGuide } from './guide.ts'
import { clientSettingsFor, type Listening, startServer } from './http.ts'
import { JobEnds, queueFolders, refuseIfAllFailed } from './index-folders.ts'
import { showProgress, summaryOf } from './progress.ts'
import type { Setup } from './setup.ts'
import { untilStopped } from './stop.ts'

/** Serves until told to stop. */
export async function serve(setup: Setup, paths: readonly string[]): Promise<never> {
  const { config, log } = setup
  const stopped = untilStopped(log)
  const code = await closeAfter(log, config.shutdownTimeoutMs, async (closers) => {
    const { reason, code } = await Promise.race([stopped, run(setup, paths, closers)])
    log.info({ reason }, 'stopping')
    return code
  })
  process.exit(code)
}

/** Settles only by a fault. */
async function run(setup: Setup, paths: readonly string[], closers: Closers): Promise<never> {
  const { log, terminal } = setup
  const config = withFolders(setup, paths)
  const embedded = config.database.kind === 'embedded'
  if (embedded || paths.length > 0) await checkFolders(config.repositories)
  const service = await openService(config, log, closers)
  service.search.warm().catch((error) => log.warn({ error }, 'The index could not be read ahead'))
  // Loading the model takes seconds, which the first question would otherwise wait for in vain.
  service.embedder.embedQuery('').catch((error) => log.debug({ error }, 'the model is not loaded'))
  const server = await startServer({ service, config, log, closers })
  log.info({ url: server.url, pid: process.pid }, 'listening')
  if (config.database.kind === 'embedded') {
    const withdraw = await announceServer(config.database.folder, { url: server.url })
    closers.push('announcement', withdraw)
    const settings = clientSettingsFor(server.url, config)
    printGuide(terminal, { url: server.url, settings })
    void service.embedder.check().then((state) => printEmbedderState(terminal, state))
  }
  const ends = startWorker(setup, service, server)
  const jobs = await queueFolders(service.catalogue, config.repositories, log)
  if (embedded) refuseIfAllFailed(await Promise.all(jobs.map(({ id }) => ends.of(id))))
  return new Promise<never>(() => {})
}

function withFolders({ config, absolute }: Setup, paths: readonly string[]): Config {
  const given = paths.length > 0 ? paths : config.repositories
  const folders = given.length === 0 && config.database.kind === 'embedded' ? ['.'] : given
  return { ...config, repositories: absolute(folders) }
}

function startWorker({ terminal, config }: Setup, service: Service, server: Listening): JobEnds {
  const ends = new JobEnds()
  const show = config.database.kind === 'embedded' ? showProgress(terminal) : () => {}
  service.startWorker((job: Job) => {
    server.observeJob(job)
    ends.tell(job)
    if (job.ofChanges) return
    show(job)
    if (config.database.kind === 'embedded' && job.finishedAt !== undefined) summaryOf(job).forEach(terminal.print)
  })
  return ends
}
