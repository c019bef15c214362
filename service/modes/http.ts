import type { RequestListener } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { isLoopback } from '../access/loopback.ts'
import { EVERY_REPOSITORY } from '../access/repository-scope.ts'
import type { Config } from '../config.ts'
import { Fault } from '../errors.ts'
import { clientSettings } from '../http/client-settings.ts'
import { type Health, type HealthSources, makeHealth } from '../http/health.ts'
import { makeMcpEndpoint } from '../http/mcp.ts'
import { type Metrics, makeMetrics } from '../http/metrics.ts'
import { serverApp, workerApp } from '../http/routes.ts'
import { type HttpServer, listen } from '../http/server.ts'
import { startingApp } from '../http/starting.ts'
import type { Job } from '../indexing/contract.ts'
import type { Log } from '../log.ts'
import { memoryOfThisProcess } from '../memory.ts'
import type { Service } from '../open.ts'
import { lastBackupRuns } from '../store/backup-runs.ts'
import type { Database } from '../store/database.ts'
import { openJobs } from '../store/jobs.ts'
import { checkSchema } from '../store/migrate.ts'
import { openDatabase } from '../store/open.ts'
import { checkTables } from '../store/repositories.ts'
import { Turns } from '../store/turns.ts'
import type { ToolServices } from '../tools/tool.ts'
import type { Closers } from './closers.ts'
import { lastingCommand } from './lasting-command.ts'

interface Parts {
  readonly service: Service
  readonly config: Config
  readonly log: Log
  readonly closers: Closers
}

export interface Listening extends HttpServer {
  /** Counts the jobs of a worker in this process. */
  readonly observeJob: (job: Job) => void
}

/** A server that listens before its database is open, and says so to callers. */
export interface EarlyServer extends HttpServer {
  /** Answers requests by this listener from then on, including those that have waited. */
  answerBy(listener: RequestListener): void
}

const NEXT_PORTS = 20

/**
 * Starts to listen. Until `answerBy` is called, answers say what the server is `doing`, as in `it is making its
 * database`. If no port was chosen and the default is in use, takes the next free one.
 * @throws Fault `port_in_use`, `configuration_invalid`
 */
export async function listenEarly(
  config: Config,
  log: Log,
  closers: Closers,
  { doing, anyPort }: { readonly doing: string; readonly anyPort: boolean },
): Promise<EarlyServer> {
  const { promise: ready, resolve, reject } = Promise.withResolvers<RequestListener>()
  ready.catch(() => {})
  const { host, port } = config.http
  const settings = (url: string) => clientSettingsFor(url, config)
  let answer = startingApp({ settings: config.http, doing, clientSettings: settings, ready, log })
  const listener: RequestListener = (request, response) => answer(request, response)
  const server = await listenFrom(listener, host, port, anyPort && port !== 0 ? NEXT_PORTS : 0, log)
  closers.push('port', async (signal) => {
    reject(new Error('The server is stopping'))
    await server.close(signal)
  })
  return {
    ...server,
    answerBy: (app) => {
      answer = app
      resolve(app)
    },
  }
}

async function listenFrom(
  listener: RequestListener,
  host: string,
  port: number,
  more: number,
  log: Log,
): Promise<HttpServer> {
  try {
    return await listen(listener, { host, port }, log)
  } catch (error) {
    if (more === 0 || !(error instanceof Fault) || error.code !== 'port_in_use') throw error
    return await listenFrom(listener, host, port + 1, more - 1, log).catch(() => {
      throw error
    })
  }
}

/** Starts a server with all routes. @throws Fault `port_in_use` */
export async function startServer(parts: Parts, early?: EarlyServer): Promise<Listening> {
  const { service, config, log, closers } = parts
  const { health, metrics } = await observed(parts)
  const services = toolServices(service, log, metrics)
  const mcp = makeMcpEndpoint(services)
  const settings = (url: string) => clientSettingsFor(url, config)
  const app = serverApp({ settings: config.http, health, metrics, log, services, mcp, clientSettings: settings })
  early?.answerBy(app)
  const server = early ?? (await listen(app, config.http, log))
  const left = leaving(parts, health, server)
  closers.push('http', async (signal) => {
    await left(signal)
    await mcp.endStreams()
    await server.close(signal)
    await mcp.close()
  })
  return { ...server, observeJob: metrics.job }
}

/** Starts a server with health and metrics only. @throws Fault `port_in_use` */
export async function startWorkerServer(parts: Parts): Promise<Listening> {
  const { config, log, closers } = parts
  const { health, metrics } = await observed(parts)
  const server = await listen(workerApp({ settings: config.http, health, metrics, log }), config.http, log)
  const left = leaving(parts, health, server)
  closers.push('http', async (signal) => {
    await left(signal)
    await server.close(signal)
  })
  return { ...server, observeJob: metrics.job }
}

/** Returns the agents' settings for the server at `url`. */
function clientSettingsFor(url: string, { http }: Config) {
  // Paths on the server's machine mean nothing on other machines.
  const [command, ...args] = isLoopback(http.host)
    ? lastingCommand()
    : (['node', '/path/to/codebase-mcp/service/main.ts'] as const)
  const bridge = { command, args: [...args, 'mcp'] }
  return clientSettings({ url, needsToken: http.tokens.length > 0, bridge })
}

async function observed({ service, config, log, closers }: Parts): Promise<{
  readonly health: Health
  readonly metrics: Metrics
}> {
  const { embedder, search, trouble, database: asked } = service
  const database = await openForHealth(config, asked, log, closers)
  const catalogue = service.catalogueOn(database)
  // Count in sequence, so that a connection stays free for the check.
  const turns = new Turns()
  const repositories = () => turns.alone(() => catalogue.list(EVERY_REPOSITORY))
  const sources: HealthSources = {
    checkDatabase: async () => {
      await checkSchema(database)
      await checkTables(database)
      await database.check()
    },
    checkEmbedder: (signal) => embedder.check(signal),
    repositories,
    models: () => search.models(),
    trouble,
  }
  const health = makeHealth(sources)
  closers.push('health', async () => health.close())
  const metrics = makeMetrics({
    ready: () => health.ready(),
    checkEmbedder: () => embedder.check(),
    isBreakerOpen: () => embedder.isBreakerOpen(),
    repositories,
    openJobs: () => turns.alone(() => openJobs(database)),
    backupRuns: () => turns.alone(() => lastBackupRuns(database)),
    listedSources: () => turns.alone(() => catalogue.sources(EVERY_REPOSITORY)),
    connections: asked.connections,
    memoryLimitBytes: memoryOfThisProcess().limitBytes,
  })
  embedder.onRequest(metrics.embedding)
  return { health, metrics }
}

/** Opens connections of its own for health, which must answer while all others are in use. */
async function openForHealth({ database: settings }: Config, asked: Database, log: Log, closers: Closers) {
  if (settings.kind === 'embedded') return asked
  const database = await openDatabase(settings, log, 'health')
  closers.push('database of health', () => database.close())
  return database
}

function toolServices({ search, catalogue }: Service, log: Log, metrics: Metrics): ToolServices {
  const counted = {
    ...search,
    search: async (...request: Parameters<typeof search.search>) => {
      const answer = await search.search(...request)
      metrics.search(answer)
      return answer
    },
  }
  return { search: counted, catalogue, log, observe: metrics.toolCall }
}

/**
 * When closing begins, keeps answering while load balancers learn that the server is leaving. The returned function
 * waits until they have had time for that.
 */
function leaving({ closers, config }: Parts, health: Health, server: HttpServer) {
  let since = performance.now()
  closers.onClosing(() => {
    since = performance.now()
    health.drain()
    server.drain()
  })
  return async (signal: AbortSignal) => {
    const left = Math.max(0, config.shutdownDelayMs - (performance.now() - since))
    await delay(left, undefined, { signal }).catch(() => {})
  }
}
