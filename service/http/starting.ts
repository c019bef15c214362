import type { RequestListener } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { makeAuthenticate } from '../access/authenticate.ts'
import type { HttpSettings } from '../config.ts'
import { Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import { SECOND } from '../units.ts'
import { makeApp } from './app.ts'
import type { ClientSettings } from './client-settings.ts'
import { makeGuard } from './guard.ts'
import { pageRoutes } from './page.ts'
import { makeChallenge } from './protected-resource.ts'
import { send, sendJson } from './reply.ts'
import { pathOf } from './request-target.ts'
import { makeRouter, type Route, type Router } from './router.ts'

/** Agents give up a server whose first answer is a fault. All other clients prefer a quick answer. */
const PATIENCE_MS = { '/mcp': 8 * SECOND, others: SECOND }

interface Parts {
  readonly settings: HttpSettings
  /** What the server does before it can answer, as in `it is creating its database`. */
  readonly doing: string
  readonly clientSettings: (origin: string) => readonly ClientSettings[]
  /** Resolves to the real listener. */
  readonly ready: Promise<RequestListener>
  readonly log: Log
}

/**
 * Answers while the server starts: the page and health at once; other requests by `ready` if it resolves soon, else
 * with the fault `starting`.
 */
export function startingApp({ settings, doing, clientSettings, ready, log }: Parts): RequestListener {
  const starting = () =>
    new Fault('starting', `The server is starting: ${doing}`, 'Send the request again in a few seconds')
  const refuse = () => {
    throw starting()
  }
  const early = earlyRoutes(starting, pageRoutes(settings, clientSettings))
  const later: Route = { method: 'GET', path: '/', withoutToken: true, handle: refuse }
  const find = makeRouter(early)
  const isEarly = (path: string) => path.startsWith('/page/') || early.some((route) => route.path === path)
  const router: Router = (method, path) => (isEarly(path) ? find(method, path) : { route: later, parameters: {} })
  const app = makeApp({
    router,
    guard: makeGuard(settings),
    authenticate: makeAuthenticate(settings),
    challenge: makeChallenge(settings),
    metrics: { inFlight: () => {}, request: () => {} },
    log,
  })
  return (request, response) => {
    const path = pathOf(request)
    if (isEarly(path)) return app(request, response)
    const patience = path === '/mcp' ? PATIENCE_MS['/mcp'] : PATIENCE_MS.others
    Promise.race([ready, delay(patience, app, { ref: false })]).then(
      (answer) => answer(request, response),
      () => response.destroy(),
    )
  }
}

function earlyRoutes(starting: () => Fault, page: readonly Route[]): Route[] {
  const openGet = (path: string, open: Route['open'], handle: Route['handle']): Route => ({
    method: 'GET',
    path,
    open,
    handle,
  })
  return [
    ...page,
    openGet('/livez', 'everywhere', ({ response }) => send(response, 200, 'live\n', { 'content-type': 'text/plain' })),
    openGet('/readyz', 'everywhere', () => {
      throw starting()
    }),
    openGet('/health', 'by-address', ({ response }) => {
      const database = { state: 'starting', reason: starting().message }
      sendJson(response, 503, { status: 'starting', draining: false, database }, { 'retry-after': '1' })
    }),
  ]
}
