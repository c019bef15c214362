import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type HttpSettings, isLoopback } from '../config.ts'
import { Fault } from '../errors.ts'

/** Lets a request in, or says why not; the answer is the origin to name in CORS headers, if any. */
export type Guard = (request: IncomingMessage, needsToken: boolean) => { readonly corsOrigin?: string }

const hash = (text: string) => createHash('sha256').update(text).digest()

export function makeGuard(settings: Pick<HttpSettings, 'host' | 'allowedHosts' | 'allowedOrigins' | 'tokens'>): Guard {
  const local = isLoopback(settings.host)
  const hosts = new Set(settings.allowedHosts.map((host) => host.toLowerCase()))
  const origins = new Set(settings.allowedOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, '')))
  const bearsToken = makeTokenCheck(settings.tokens)
  // Off loopback and without names, only a token stands before the server: settings that allow neither are refused.
  const anyHost = !local && hosts.size === 0

  const isAllowedHost = (host: string) => {
    const name = hostName(host)
    return name !== undefined && (anyHost || (local && isLoopback(name)) || hosts.has(name) || hosts.has(host))
  }
  const isAllowedOrigin = (origin: string, host: string) => {
    if (origins.has(origin)) return true
    if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false
    const from = new URL(origin)
    return from.host === host || (local && isLoopback(hostName(from.host) ?? ''))
  }

  return (request, needsToken) => {
    const host = (request.headers.host ?? '').toLowerCase()
    if (!isAllowedHost(host)) throw hostForbidden(host)
    const origin = request.headers.origin?.toLowerCase()
    if (origin !== undefined && !isAllowedOrigin(origin, host)) throw originForbidden(origin)
    if (needsToken && !bearsToken(request)) throw unauthorized(request)
    return origin === undefined ? {} : { corsOrigin: origin }
  }
}

function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+?)\.?)(?::\d{1,5})?$/.exec(host)
  return match?.[1] ?? match?.[2]
}

/** Whether a request bears one of the tokens; where there are none, none is needed. */
export function makeTokenCheck(tokens: HttpSettings['tokens']): (request: IncomingMessage) => boolean {
  const hashes = tokens.map(hash)
  return (request) => {
    const given = bearerOf(request)
    const hashed = hash(given ?? '')
    let known = false
    // Every token is compared, so that the time taken tells nothing.
    for (const token of hashes) known = timingSafeEqual(token, hashed) || known
    return hashes.length === 0 || (given !== undefined && known)
  }
}

const bearerOf = ({ headers }: IncomingMessage) => /^Bearer +([^\s]+)$/i.exec(headers.authorization ?? '')?.[1]

function unauthorized(request: IncomingMessage): Fault {
  return new Fault(
    'unauthorized',
    bearerOf(request) === undefined ? 'A bearer token is needed' : 'This bearer token is not known',
    'Send "Authorization: Bearer …" with a token that the server was given in AUTH_TOKENS',
  )
}

function hostForbidden(host: string): Fault {
  return new Fault(
    'host_forbidden',
    `The server is not known as ${JSON.stringify(host)}`,
    'Add the name to ALLOWED_HOSTS, or call the server by a name that is in it',
  )
}

function originForbidden(origin: string): Fault {
  return new Fault(
    'origin_forbidden',
    `Pages from ${JSON.stringify(origin)} may not call this server`,
    'Add the origin to ALLOWED_ORIGINS',
  )
}
