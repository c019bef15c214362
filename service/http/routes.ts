import type { HttpSettings } from '../config.ts'
import type { Log } from '../log.ts'
import type { ToolContext } from '../tools/tool.ts'
import { apiRoutes } from './api.ts'
import { type App, makeApp } from './app.ts'
import type { ClientSettings } from './client-settings.ts'
import { makeGuard, makeTokenCheck } from './guard.ts'
import type { Health } from './health.ts'
import type { McpEndpoint } from './mcp.ts'
import type { Metrics } from './metrics.ts'
import { openApi } from './openapi.ts'
import { pageRoute } from './page.ts'
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
  readonly context: ToolContext
  readonly mcp: McpEndpoint
  readonly clientSettings: (origin: string) => readonly ClientSettings[]
}

/** All that a server answers. */
export function serverApp(parts: ServerParts): App {
  const { context, mcp, clientSettings } = parts
  const openApiRoute: Route = {
    method: 'GET',
    path: '/openapi.json',
    withoutToken: true,
    handle: ({ response }) => sendJson(response, 200, openApi()),
  }
  const { webhookSecret } = parts.settings
  const webhooks = webhookSecret === undefined ? [] : [webhookRoute(webhookSecret, context.catalogue)]
  return app(parts, [
    mcp.route,
    ...apiRoutes(context),
    ...webhooks,
    openApiRoute,
    pageRoute(clientSettings),
    ...healthRoutes(parts),
  ])
}

/** What a worker answers: health and metrics. */
export function workerApp(parts: HealthParts): App {
  return app(parts, healthRoutes(parts))
}

function app({ settings, metrics, log }: HealthParts, routes: readonly Route[]): App {
  return makeApp({ router: makeRouter(routes), guard: makeGuard(settings), metrics, log })
}

function healthRoutes({ settings, health, metrics }: HealthParts): Route[] {
  const mayReadNames = makeTokenCheck(settings.tokens)
  return [
    openGet('/livez', ({ response }) => send(response, 200, 'live\n', { 'content-type': 'text/plain' })),
    openGet('/readyz', async ({ response }) => {
      await health.ready()
      send(response, 200, 'ready\n', { 'content-type': 'text/plain' })
    }),
    openGet('/health', async ({ response }) => {
      const report = await health.report()
      sendJson(response, report.status === 'failing' ? 503 : 200, report)
    }),
    openGet('/metrics', async ({ request, response }) => {
      const text = await metrics.text({ named: mayReadNames(request) })
      send(response, 200, text, { 'content-type': metrics.contentType })
    }),
  ]
}

function openGet(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, open: true, handle }
}
