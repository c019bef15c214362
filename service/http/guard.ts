import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { isLoopback } from '../access/loopback.ts'
import type { HttpSettings } from '../config.ts'
import { Fault } from '../errors.ts'

/**
 * Admits a request by its Host and Origin, and returns the origin for CORS headers, if any. With `byAddress`, requests
 * to an IP address are admitted too, as probes and scrapes send them: only a name can be rebound.
 */
export type Guard = (request: IncomingMessage, byAddress?: boolean) => { readonly corsOrigin?: string }

export function makeGuard(settings: Pick<HttpSettings, 'host' | 'allowedHosts' | 'allowedOrigins'>): Guard {
  const local = isLoopback(settings.host)
  const hosts = new Set(settings.allowedHosts.map((host) => host.toLowerCase()))
  const origins = new Set(settings.allowedOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, '')))
  // Beyond loopback without allowed hosts, only tokens protect the server. The settings require one of the two.
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

  return (request, byAddress = false) => {
    const host = (request.headers.host ?? '').toLowerCase()
    if (!isAllowedHost(host) && !(byAddress && isAddress(host))) throw hostForbidden(host)
    const origin = request.headers.origin?.toLowerCase()
    if (origin !== undefined && !isAllowedOrigin(origin, host)) throw originForbidden(origin)
    return origin === undefined ? {} : { corsOrigin: origin }
  }
}

function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+?)\.?)(?::\d{1,5})?$/.exec(host)
  return match?.[1] ?? match?.[2]
}

function isAddress(host: string): boolean {
  const name = hostName(host) ?? ''
  return isIP(name) !== 0 || isLoopback(name)
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
