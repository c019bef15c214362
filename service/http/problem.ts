import type { ServerResponse } from 'node:http'
import type { Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import { sendJson } from './reply.ts'

/** Answers with a fault as RFC 9457 problem details; of an internal one only an id leaves the service. */
export function sendProblem(response: ServerResponse, fault: Fault, challenge: string | undefined, log: Log): void {
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
  // What is left of the body is not read.
  if (fault.status === 413) return { connection: 'close' }
  return {}
}
