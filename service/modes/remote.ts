import { FAULTS, Fault, type FaultCode } from '../errors.ts'
import type { Operation } from '../http/operations.ts'
import { MINUTE } from '../units.ts'
import type { ServerAddress } from './announced-server.ts'

const TIMEOUT_MS = MINUTE

/** Faults whose remedy is for those who send requests themselves. */
const TOKEN_FAULTS = ['unauthorized', 'token_invalid']
export const TOKEN_REMEDY = "Set SERVER_TOKEN to one of the server's tokens"

/** Returns the same server, called as the owner of its data folder. */
export const asOwner = (server: ServerAddress): ServerAddress =>
  server.ownerToken === undefined ? server : { ...server, token: server.ownerToken }

/** RFC 9457 problem details of a refused request. */
export interface Problem {
  readonly title?: string
  readonly code?: string
  readonly remedy?: string
}

/**
 * Sends a request to a running server's API.
 * @throws Fault `server_unreachable`, or the server's fault
 */
export async function askServer(
  { url, token }: ServerAddress,
  { method, path }: Operation,
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
  if (response.status === 204) return {}
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

/** Returns the fault in a server's problem details, or `server_unreachable` if the answer has none. */
export function faultIn(url: string, status: number, answer: Problem | undefined): Fault {
  const { title, code, remedy } = answer ?? {}
  if (title !== undefined && remedy !== undefined && code !== undefined && code in FAULTS) {
    return new Fault(code as FaultCode, title, TOKEN_FAULTS.includes(code) ? TOKEN_REMEDY : remedy)
  }
  const what = `${url} answered with status ${status}, and not like this service`
  return new Fault('server_unreachable', what, 'Correct SERVER_URL: it is the address of the server, without a path')
}
