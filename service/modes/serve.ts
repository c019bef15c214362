import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { EmbedderCheck } from '../embedding/embedder.ts'
import type { Fault } from '../errors.ts'
import type { Job } from '../indexing/contract.ts'
import type { Service } from '../open.ts'
import { SECOND } from '../units.ts'
import { addTo } from './add.ts'
import { announceServer, findAnswering, type ServerAddress } from './announced-server.ts'
import { type Closers, closeAfter } from './closers.ts'
import { checkFolders, type SourceOptions } from './folders.ts'
import { printAddress, printEmbedderState, printGuide, printPart } from './guide.ts'
import { type Listening, listenEarly, startServer } from './http.ts'
import { JobEnds, refuseIfAllFailed } from './job-ends.ts'
import { showProgress, summaryOf } from './progress.ts'
import { queueSources, requestFor } from './queue-sources.ts'
import type { Setup } from './setup.ts'
import { isHeld } from './stdio/shared-index.ts'
import { type Stop, untilStopped } from './stop.ts'
import { confirmStrange } from './strange-folders.ts'

/** Serves until a signal stops it, or adds the folders to the server that has the data folder open. */
export async function serve(setup: Setup, paths: readonly string[], options: SourceOptions): Promise<never> {
  const { config, log, terminal } = setup
  const stopped = untilStopped(log)
  const code = await closeAfter(log, config.shutdownTimeoutMs, async (closers) => {
    const { reason, code } = await Promise.race([stopped, run(setup, paths, options, closers)])
    terminal.clearLine?.()
    if (process.stdout.isTTY && reason === 'SIGINT' && config.database.kind === 'embedded')
      terminal.print('Stopping. The index stays: the next start indexes only what is new')
    if (reason !== 'added') log.info({ reason }, 'stopping')
    return code
  })
  process.exit(code)
}

type End = Stop | { readonly reason: 'added'; readonly code: number }

/** Returns only by throwing a fault, or if another process serves the folders. */
async function run(setup: Setup, paths: readonly string[], options: SourceOptions, closers: Closers): Promise<End> {
  const config = withFolders(setup, paths)
  const embedded = config.database.kind === 'embedded'
  if (embedded || paths.length > 0) await checkFolders(config.repositories)
  const given = embedded && (paths.length > 0 || setup.config.repositories.length === 0)
  if (given && options.yes !== true) await confirmStrange(config.repositories, setup.terminal)
  const running = await findRunning(setup, config)
  if (running !== undefined) return addAll(running, setup, config)
  try {
    return await serveHere(setup, config, closers)
  } catch (error) {
    if (!(await isHeld(config, error))) throw error
    const other = await findRunning(setup, config)
    if (other === undefined) throw error
    await closers.close(config.shutdownTimeoutMs)
    return addAll(other, setup, config)
  }
}

/** Returns the server of the data folder, if there is one. */
const findRunning = (setup: Setup, config: Config) =>
  findAnswering({ ...setup, config: { ...config, serverUrl: undefined } })

async function addAll(running: ServerAddress, setup: Setup, { repositories }: Config): Promise<End> {
  return { reason: 'added', code: await addTo(running, setup, repositories) }
}

/** Ends only by throwing a fault. */
async function serveHere(setup: Setup, config: Config, closers: Closers): Promise<never> {
  const { log, terminal, anyPort } = setup
  const embedded = config.database.kind === 'embedded'
  const isNew = config.database.kind === 'embedded' && !existsSync(join(config.database.folder, 'postgres'))
  const doing = isNew ? 'it is creating its database' : 'it is opening its database'
  const early = embedded ? await listenEarly(config, log, closers, { doing, anyPort }) : undefined
  if (early !== undefined) printOpening(setup, config, early, isNew)
  const { openService } = await import('../open.ts')
  const service = await openService(config, log, closers)
  service.search.warm().catch((error) => log.warn({ error }, 'The index could not be read ahead'))
  // Load the model now: that takes seconds, for which the first question would wait in vain.
  service.embedder.embedQuery('').catch((error) => log.debug({ error }, 'the model is not loaded'))
  const ownerToken = crypto.randomUUID()
  const own = { ...config, http: { ...config.http, ...(embedded && { ownerToken }) } }
  const server = await startServer({ service, config: own, log, closers }, early)
  log.info({ url: server.url, pid: process.pid }, 'listening')
  if (config.database.kind === 'embedded') {
    printAddress(terminal, server.url)
    const address = { url: server.url, ownerToken, mode: 'serve' } as const
    closers.push('announcement', await announceServer(config.database.folder, address))
  }
  const told = new Set<string>()
  if (embedded) void service.embedder.check().then((state) => tellOfEmbedder(setup, state, told))
  // Before the worker starts, so that a refusal ends the program at once.
  const jobs = await queueGiven(setup, config, service)
  const ends = startWorker(setup, { service, server, told, jobs })
  if (config.database.kind === 'embedded') {
    tellOfTrouble(setup, service)
    const connect = (words: string) => setup.command('connect', words)
    const ready = {
      url: server.url,
      dataFolder: config.database.folder,
      connect,
      repositories: jobs.map(({ repository }) => repository),
    }
    const ended = Promise.all(jobs.map(({ id }) => ends.of(id)))
    const isComplete = await Promise.race([ended.then(() => true), delay(PATIENCE_MS, false, { ref: false })])
    if (isComplete) refuseIfAllFailed(await ended)
    const isWaiting = service.trouble() !== undefined
    printGuide(terminal, { ...ready, state: isComplete ? 'complete' : isWaiting ? 'waiting' : 'indexing' })
    refuseIfAllFailed(await ended)
  }
  return new Promise<never>(() => {})
}

/**
 * Requests a run over each folder and URL of the settings.
 * @throws Fault of the first one, if the embedded server can index none of them
 */
async function queueGiven({ log, terminal }: Setup, config: Config, { catalogue }: Service): Promise<Job[]> {
  const refused: Fault[] = []
  const forPerson = config.database.kind === 'embedded'
  const refuse = forPerson ? (fault: Fault) => void refused.push(fault) : undefined
  const queued = await queueSources(requestFor(catalogue, config.database), config.repositories, log, refuse)
  const [firstRefused] = refused
  if (firstRefused !== undefined && refused.length === config.repositories.length) throw firstRefused
  for (const { message, remedy } of refused) terminal.note(`${message}. ${remedy}`)
  const parts = forPerson ? queued : []
  for (const { source, job } of parts) if (job.path) printPart(terminal, source, job.repository, job.path)
  return [...new Map(queued.map(({ job }) => [job.id, job])).values()]
}

function printOpening(
  { terminal, startedFrom, anyPort }: Setup,
  { database, http }: Config,
  at: { url: string; port: number },
  isNew: boolean,
) {
  terminal.print(`Listening at ${at.url}`)
  if (anyPort && at.port !== http.port) terminal.print(`Port ${http.port} is in use, so this is the next free one`)
  if (database.kind !== 'embedded') return
  terminal.print(isNew ? 'Creating the database' : 'Opening the database')
  const former = join(startedFrom, '.data')
  if (former !== database.folder && existsSync(join(former, 'postgres'))) {
    terminal.print(
      `${JSON.stringify(former)} has an index of an earlier version, which is not used: delete it, or pass --data .data`,
    )
  }
}

/** While a first index takes longer, people can already ask. */
const PATIENCE_MS = 8 * SECOND
function withFolders({ config, absolute }: Setup, paths: readonly string[]): Config {
  const given = paths.length > 0 ? paths : config.repositories
  const isToldWhat = given.length > 0 || config.git.sources.length > 0
  const folders = !isToldWhat && config.database.kind === 'embedded' ? ['.'] : given
  return { ...config, repositories: absolute(folders) }
}

function tellOfEmbedder({ terminal }: Setup, state: EmbedderCheck, told: Set<string>): void {
  if ('reason' in state && told.has(state.reason)) return
  if ('reason' in state) told.add(state.reason)
  printEmbedderState(terminal, state)
}

/** Prints why jobs wait, whenever they begin to. */
function tellOfTrouble({ terminal }: Setup, service: Service): void {
  let told: string | undefined
  const look = () => {
    const trouble = service.trouble()
    if (trouble !== undefined && trouble.code !== told) terminal.print(`${trouble.message}. ${trouble.remedy}`)
    if (trouble === undefined && told !== undefined) terminal.print('Indexing continues')
    told = trouble?.code
  }
  setInterval(look, SECOND).unref()
}

interface Working {
  readonly service: Service
  readonly server: Listening
  /** Problems that have been reported, because each is reported once, not for each repository. */
  readonly told: Set<string>
  /** The runs that this start has requested. */
  readonly jobs: readonly Job[]
}

function startWorker({ terminal, config }: Setup, { service, server, told, jobs }: Working): JobEnds {
  const ends = new JobEnds()
  // If that one fails, its fault ends the program, which says why.
  const only = jobs.length === 1 ? jobs[0]?.id : undefined
  const show = config.database.kind === 'embedded' ? showProgress(terminal) : () => {}
  service.startWorker((job: Job) => {
    server.observeJob(job)
    ends.tell(job)
    if (job.ofChanges) return
    show(job)
    if (job.id === only && job.state === 'failed') return
    const why = job.kind === 'embed' && job.fault !== undefined && `${job.fault.message}. ${job.fault.remedy}`
    if (why && told.has(why)) return
    if (why) told.add(why)
    if (config.database.kind === 'embedded' && job.finishedAt !== undefined) summaryOf(job).forEach(terminal.print)
  })
  return ends
}
