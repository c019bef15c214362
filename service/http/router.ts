import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Grant } from '../access/grant.ts'
import { Fault } from '../errors.ts'

/** A request with its response, while it is answered. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Values of the parameters in the route's path, decoded. */
  readonly parameters: Readonly<Record<string, string>>
  /** What the caller may do. Empty if the route needs no token. */
  readonly grant: Grant
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** For example `/v1/jobs/{id}`. A parameter matches one segment of the path. */
  readonly path: string
  /**
   * Set if the route needs no token and answers while the server is busy. `everywhere`: under any host name.
   * `by-address`: under the server's names and any IP address.
   */
  readonly open?: 'everywhere' | 'by-address'
  /** Set if the route needs no token because it reveals nothing about indexed code. */
  readonly withoutToken?: boolean
  handle(exchange: Exchange): Promise<void> | void
}

export interface Match {
  readonly route: Route
  readonly parameters: Readonly<Record<string, string>>
}

/** @throws Fault `not_found`, `method_not_allowed` or `request_invalid` */
export type Router = (method: string, path: string) => Match

export function makeRouter(routes: readonly Route[]): Router {
  const patterns = routes.map((route) => ({ route, parts: route.path.split('/') }))
  return (method, path) => {
    const parts = withoutSlashes(path).split('/')
    const here = patterns.filter((pattern) => fits(pattern.parts, parts))
    const found = here.find(({ route }) => route.method === method || (method === 'HEAD' && route.method === 'GET'))
    if (found !== undefined) return { route: found.route, parameters: parametersOf(found.parts, parts) }
    if (here.length === 0)
      throw new Fault('not_found', `There is nothing at ${path}`, 'MCP is at /mcp, and /openapi.json lists the API')
    const methods = here.map(({ route }) => route.method).join(', ')
    const more = path === '/' ? '; MCP is at /mcp' : ''
    throw new Fault('method_not_allowed', `${path} does not answer ${method}`, `Use ${methods}${more}`)
  }
}

/** Returns the path of MCP as clients write it: with a slash at its end, or two at its beginning. */
const withoutSlashes = (path: string) => (/^\/+mcp\/*$/.test(path) ? '/mcp' : path)

const isParameter = (part: string | undefined) => part?.startsWith('{') === true

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  return pattern.length === parts.length && pattern.every((part, index) => isParameter(part) || part === parts[index])
}

function parametersOf(pattern: readonly string[], parts: readonly string[]): Record<string, string> {
  const pairs = pattern.flatMap((part, index) => (isParameter(part) ? [[part.slice(1, -1), parts[index] ?? '']] : []))
  return Object.fromEntries(pairs.map(([name, text = '']) => [name, decoded(text)]))
}

function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text)
    if (!plain.includes('\0')) return plain
  } catch {
    throw new Fault('request_invalid', 'The path is not encoded as a URL', 'Encode each part of the path')
  }
  throw new Fault('request_invalid', `${text} contains a NUL character`, 'Remove it')
}
