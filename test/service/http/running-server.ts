import { request as send } from 'node:http'
import { connect } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import type { HttpSettings } from '../../../service/config.ts'
import { clientSettings } from '../../../service/http/client-settings.ts'
import { type HealthSources, makeHealth } from '../../../service/http/health.ts'
import { type McpEndpoint, makeMcpEndpoint } from '../../../service/http/mcp.ts'
import { makeMetrics } from '../../../service/http/metrics.ts'
import { serverApp, serverRoutes } from '../../../service/http/routes.ts'
import { listen } from '../../../service/http/server.ts'
import type { Log } from '../../../service/log.ts'
import type { ToolServices } from '../../../service/tools/tool.ts'
import { fakeDomain, SILENT } from '../tools/fake-domain.ts'

interface Options {
  readonly context?: ToolServices
  readonly settings?: Partial<HttpSettings>
  readonly sources?: Partial<HealthSources>
  readonly log?: Log
  /** A free port by default. */
  readonly port?: number
  /** Replaces the service's tools. */
  readonly mcp?: McpEndpoint
}

const OPEN: HttpSettings = { host: '127.0.0.1', port: 0, allowedHosts: [], allowedOrigins: [], tokens: [] }

/** Starts a real server on a free port, over a domain that the test provides. */
export async function startServer(options: Options = {}) {
  const { context = fakeDomain().context, settings, sources, log = SILENT, port = 0 } = options
  const health = makeHealth({
    checkDatabase: async () => {},
    checkEmbedder: async () => ({ state: 'ready' }),
    repositories: () => context.catalogue.list(EVERY_REPOSITORY),
    models: () => [],
    ...sources,
  })
  const metrics = makeMetrics({
    ready: () => health.ready(),
    checkEmbedder: async () => ({ state: 'ready' }),
    isBreakerOpen: () => false,
    repositories: () => context.catalogue.list(EVERY_REPOSITORY),
    openJobs: async () => [],
    backupRuns: async () => [],
    listedSources: async () => [],
  })
  const observed = { ...context, observe: metrics.toolCall }
  const mcp = options.mcp ?? makeMcpEndpoint(observed)
  const bridge = { command: 'node', args: ['main.ts', 'mcp'] }
  const parts = {
    settings: { ...OPEN, ...settings },
    health,
    metrics,
    log,
    services: observed,
    mcp,
    clientSettings: (url: string) => clientSettings({ url, needsToken: false, bridge }),
  }
  const server = await listen(serverApp(parts), { host: '127.0.0.1', port }, log)
  return { ...server, health, routes: serverRoutes(parts), stop: () => server.close(AbortSignal.abort()) }
}

export interface Reply {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly text: string
}

/** Sends a request with any headers, including those that fetch refuses. */
export function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options
    const request = send({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Sends raw bytes and returns everything that arrives until the server closes the connection. */
export async function askRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  return textOf(socket)
}
