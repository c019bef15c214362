import type { RequestListener } from 'node:http'
import { type Authenticate, makeAuthenticate } from '../access/authenticate.ts'
import { NO_REPOSITORY, type RepositoryScope } from '../access/repository-scope.ts'
import type { HttpSettings } from '../config.ts'
import { Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import type { ToolServices } from '../tools/tool.ts'
import { apiRoutes } from './api.ts'
import { makeApp } from './app.ts'
import type { ClientSettings } from './client-settings.ts'
import { makeGuard } from './guard.ts'
import type { Health } from './health.ts'
import type { McpEndpoint } from './mcp.ts'
import type { Metrics } from './metrics.ts'
import { openApi } from './openapi.ts'
import { pageRoutes } from './page.ts'
import { makeChallenge, metadataRoutes } from './protected-resource.ts'
import { send, sendJson } from './reply.ts'
import { makeRouter, type Route } from './router.ts'
import { webhookRoute } from './webhook.ts'

interface HealthParts {
  readonly settings: HttpSettings
  readonly health: Health
  readonly metrics: Metrics
  readonly log: Log
}

interface ServerParts extends HealthParts {
  readonly services: ToolServices
  readonly mcp: McpEndpoint
  readonly clientSettings: (origin: string) => readonly ClientSettings[]
}

/** Returns the listener of a server. */
export function serverApp(parts: ServerParts): RequestListener {
  return app(parts, serverRoutes(parts))
}

/** Returns a server's routes except health and metrics. */
export function serverRoutes(parts: ServerParts): Route[] {
  const { services, mcp, clientSettings } = parts
  const openApiRoute: Route = {
    method: 'GET',
    path: '/openapi.json',
    withoutToken: true,
    handle: ({ response }) => sendJson(response, 200, openApi()),
  }
  const { webhookSecret } = parts.settings
  const webhooks = webhookSecret === undefined ? [] : [webhookRoute(webhookSecret, services.catalogue)]
  return [
    mcp.route,
    ...apiRoutes(services),
    ...webhooks,
    ...metadataRoutes(parts.settings),
    openApiRoute,
    ...pageRoutes(parts.settings, clientSettings),
  ]
}

/** Returns the listener of a worker: health and metrics. */
export function workerApp(parts: HealthParts): RequestListener {
  return app(parts, [])
}

function app(parts: HealthParts, routes: readonly Route[]): RequestListener {
  const { settings, metrics, log } = parts
  const authenticate = makeAuthenticate(settings)
  return makeApp({
    router: makeRouter([...routes, ...healthRoutes(parts, authenticate)]),
    guard: makeGuard(settings),
    authenticate,
    challenge: makeChallenge(settings),
    metrics,
    log,
  })
}

function healthRoutes({ health, metrics }: HealthParts, authenticate: Authenticate): Route[] {
  const openGet = (path: string, open: Route['open'], handle: Route['handle']) =>
    ({ method: 'GET', path, open, handle }) as const
  return [
    openGet('/livez', 'everywhere', ({ response }) => send(response, 200, 'live\n', { 'content-type': 'text/plain' })),
    openGet('/readyz', 'everywhere', async ({ response }) => {
      await health.ready()
      send(response, 200, 'ready\n', { 'content-type': 'text/plain' })
    }),
    openGet('/health', 'by-address', async ({ response }) => {
      const report = await health.report()
      sendJson(response, report.status === 'failing' ? 503 : 200, report)
    }),
    openGet('/metrics', 'by-address', async ({ request, response }) => {
      const text = await metrics.text(await readableBy(request.headers.authorization, authenticate))
      send(response, 200, text, { 'content-type': metrics.contentType })
    }),
  ]
}

/** Returns the repositories whose names a scrape may see. Without a valid token, it still gets all other metrics. */
async function readableBy(authorization: string | undefined, authenticate: Authenticate): Promise<RepositoryScope> {
  try {
    return (await authenticate(authorization)).to('read')
  } catch (error) {
    if (error instanceof Fault) return NO_REPOSITORY
    throw error
  }
}
