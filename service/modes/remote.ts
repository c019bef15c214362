import { FAULTS, Fault, type FaultCode } from '../errors.ts'
import { MINUTE } from '../units.ts'
import type { ServerAddress } from './announced-server.ts'

const TIMEOUT_MS = MINUTE

/** The same server, asked by the user whose data folder it has open. */
export const asOwner = (server: ServerAddress): ServerAddress =>
  server.ownerToken === undefined ? server : { ...server, token: server.ownerToken }

/** RFC 9457 problem details, as a server answers a request that it refuses. */
export interface Problem {
  readonly title?: string
  readonly code?: string
  readonly remedy?: string
}

/**
 * Asks a running server's API.
 * @throws Fault `server_unreachable`, or the fault that the server answers with
 */
export async function askServer(
  { url, token }: ServerAddress,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...authorization(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error) => {
    throw unreachable(url, error)
  })
  const answer = (await response.json().catch(() => undefined)) as (Record<string, unknown> & Problem) | undefined
  if (response.ok && answer !== undefined) return answer
  throw faultIn(url, response.status, answer)
}

export function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

function unreachable(url: string, cause: unknown): Fault {
  const remedy = 'Start the server, or correct SERVER_URL'
  return new Fault('server_unreachable', `The server at ${url} does not answer`, remedy, { cause })
}

/** The fault that a server at `url` answered with, as problem details; `server_unreachable` if the answer is none. */
export function faultIn(url: string, status: number, answer: Problem | undefined): Fault {
  const { title, code, remedy } = answer ?? {}
  if (title !== undefined && remedy !== undefined && code !== undefined && code in FAULTS) {
    return new Fault(code as FaultCode, title, remedy)
  }
  const what = `${url} answered with status ${status}, and not like this service`
  return new Fault('server_unreachable', what, 'Correct SERVER_URL: it is the address of the server, without a path')
}
