import type { IncomingMessage } from 'node:http'
import { RIGHTS, RightMissing } from '../access/grant.ts'
import type { HttpSettings } from '../config.ts'
import type { Fault } from '../errors.ts'
import { sendJson } from './reply.ts'
import { pathOf } from './request-target.ts'
import type { Route } from './router.ts'

const METADATA = '/.well-known/oauth-protected-resource'
const MCP = '/mcp'

type Settings = Pick<HttpSettings, 'oidc' | 'publicUrl'>

/** Serves protected resource metadata (RFC 9728). Returns no routes without an issuer. */
export function metadataRoutes({ oidc, publicUrl }: Settings): Route[] {
  if (oidc === undefined) return []
  const route = (resource: string): Route => ({
    method: 'GET',
    path: `${METADATA}${resource}`,
    withoutToken: true,
    handle: ({ request, response }) =>
      sendJson(response, 200, {
        resource: `${publicUrl ?? originOf(request)}${resource}`,
        authorization_servers: [oidc.issuer],
        scopes_supported: RIGHTS.map(scopeFor),
        bearer_methods_supported: ['header'],
        resource_name: 'Codebase MCP',
      }),
  })
  return [route(''), route(MCP)]
}

/** Returns the header WWW-Authenticate for a fault that another token would resolve, and undefined for others. */
export type Challenge = (fault: Fault, request: IncomingMessage) => string | undefined

export function makeChallenge({ oidc, publicUrl }: Settings): Challenge {
  return (fault, request) => {
    if (fault.status !== 401 && !(fault instanceof RightMissing)) return undefined
    const resource = pathOf(request) === MCP ? MCP : ''
    const parameters = {
      realm: 'codebase-mcp',
      ...errorOf(fault),
      ...(oidc && { scope: scopesCuring(fault) }),
      ...(oidc && { resource_metadata: `${publicUrl ?? originOf(request)}${METADATA}${resource}` }),
    }
    return `Bearer ${Object.entries(parameters)
      .map(([name, value]) => `${name}="${value}"`)
      .join(', ')}`
  }
}

function errorOf({ code }: Fault): { readonly error?: string } {
  if (code === 'token_invalid') return { error: 'invalid_token' }
  return code === 'insufficient_scope' ? { error: 'insufficient_scope' } : {}
}

const scopeFor = (right: string) => `codebase:${right}`

/** A client that requests an additional scope must name those it has, or it loses them. */
function scopesCuring(fault: Fault): string {
  const rights = fault instanceof RightMissing && fault.right === 'index' ? RIGHTS : (['read'] as const)
  return rights.map(scopeFor).join(' ')
}

/** Returns the server's origin as the client sees it. The guard has checked the host. */
function originOf({ headers }: IncomingMessage): string {
  const isSecure = /^https\b/.test(String(headers['x-forwarded-proto']))
  return `${isSecure ? 'https' : 'http'}://${headers.host}`
}
