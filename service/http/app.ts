import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Authenticate } from '../access/authenticate.ts'
import { NOTHING } from '../access/grant.ts'
import { asFault, FAULTS, Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import { SECOND } from '../units.ts'
import type { Guard } from './guard.ts'
import type { Metrics } from './metrics.ts'
import type { Challenge } from './protected-resource.ts'
import { SECURITY_HEADERS, sendJson } from './reply.ts'
import { pathOf, refuseAmbiguous } from './request-target.ts'
import type { Match, Router } from './router.ts'

const MAX_CONCURRENT_REQUESTS = 128

interface Parts {
  readonly router: Router
  readonly guard: Guard
  readonly authenticate: Authenticate
  readonly challenge: Challenge
  readonly metrics: Pick<Metrics, 'inFlight' | 'request'>
  readonly log: Log
}

/** Returns the listener that routes, guards, authenticates, answers, counts and logs every request. */
export function makeApp({ router, guard, authenticate, challenge, metrics, log }: Parts): RequestListener {
  let underWay = 0

  const find = (request: IncomingMessage, method: string, path: string): Match => {
    try {
      return router(method, path)
    } catch (fault) {
      // Guard before routing: outsiders must not learn which routes exist.
      guard(request)
      throw fault
    }
  }
  const enter = ({ route }: Match) => {
    if (route.open === undefined && underWay >= MAX_CONCURRENT_REQUESTS) {
      throw new Fault('overloaded', `${underWay} requests are in progress`, 'Try again in a second')
    }
    metrics.inFlight(++underWay)
  }
  const leave = () => metrics.inFlight(--underWay)

  const answer = async (request: IncomingMessage, response: ServerResponse, match: Match, signal: AbortSignal) => {
    enter(match)
    try {
      const { route, parameters } = match
      if (route.open !== 'everywhere') allowOrigin(response, guard(request, route.open === 'by-address'))
      const isOpen = route.open !== undefined || route.withoutToken === true
      const grant = isOpen ? NOTHING : await authenticate(request.headers.authorization)
      await route.handle({ request, response, parameters, grant, signal })
    } finally {
      leave()
    }
  }

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const started = performance.now()
    const method = request.method ?? 'GET'
    const path = pathOf(request)
    let match: Match | undefined
    let fault: Fault | undefined
    const gone = abortedByClient(response)
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    try {
      refuseAmbiguous(request)
      if (isPreflight(request)) {
        answerPreflight(response, guard(request))
      } else {
        match = find(request, method, path)
        await answer(request, response, match, gone)
      }
    } catch (error) {
      fault = gone.aborted ? leftFault(error) : asFault(error)
      sendProblem(response, fault, challenge(fault, request), log)
    }
    const seconds = (performance.now() - started) / SECOND
    const status = gone.aborted && !response.headersSent ? FAULTS.cancelled.status : response.statusCode
    metrics.request({ method, route: match?.route.path ?? 'none', status, seconds })
    const level = match?.route.open !== undefined ? 'debug' : 'info'
    log[level]({ method, path, status, seconds, fault: fault?.code }, 'request')
  }

  return (request, response) => void serve(request, response)
}

/** A request that fails because its client has gone is not a failure of the service. */
function leftFault(cause: unknown): Fault {
  if (cause instanceof Fault) return cause
  return new Fault('cancelled', 'The client disconnected before the answer was ready', 'Send the request again', {
    cause,
  })
}

function abortedByClient(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  return gone.signal
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers
}

function allowOrigin(response: ServerResponse, { corsOrigin }: ReturnType<Guard>): void {
  if (corsOrigin === undefined) return
  response.setHeader('access-control-allow-origin', corsOrigin)
  response.setHeader('vary', 'origin')
  response.setHeader('access-control-expose-headers', 'www-authenticate')
  response.setHeader('cross-origin-resource-policy', 'cross-origin')
}

function answerPreflight(response: ServerResponse, allowed: ReturnType<Guard>): void {
  allowOrigin(response, allowed)
  response
    .writeHead(204, {
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': 'authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name',
      'access-control-max-age': '600',
    })
    .end()
}

/** Sends a fault as RFC 9457 problem details. Of an internal error, only an id leaves the service. */
function sendProblem(response: ServerResponse, fault: Fault, challenge: string | undefined, log: Log): void {
  const id = crypto.randomUUID()
  if (fault.code === 'internal') log.error({ id, error: fault.cause ?? fault }, 'a request failed')
  const problem = {
    type: 'about:blank',
    title: fault.message,
    status: fault.status,
    code: fault.code,
    remedy: fault.remedy,
    ...(fault.code === 'internal' ? { id } : {}),
  }
  sendJson(response, fault.status, problem, {
    'content-type': 'application/problem+json',
    ...headersFor(fault),
    ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
  })
}

function headersFor(fault: Fault): Record<string, string> {
  if (fault.status === 503) return { 'retry-after': '1' }
  // The rest of the body stays unread.
  if (fault.status === 413) return { connection: 'close' }
  return {}
}
