import { Fault } from '../../errors.ts'
import type { GitSource } from '../../git-sources.ts'
import { parseJson } from '../../json.ts'
import { MINUTE, SECOND } from '../../units.ts'
import { FORGES } from './forges.ts'

/** What a server returned for a page. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

interface Request {
  readonly source: GitSource
  readonly token?: string
  readonly now?: () => number
}

export const PAGE_TIMEOUT_MS = 60 * SECOND

/** A server refuses more requests for a while. */
export class Limited extends Fault {
  readonly waitMs: number

  constructor(url: string, waitMs: number) {
    super(
      'remote_limited',
      `The server of ${url} accepts no more requests for ${Math.ceil(waitMs / SECOND)} s`,
      'The worker asks again then; a token in GIT_CREDENTIALS_FILE, or a longer GIT_SOURCES_INTERVAL, keeps it below the limit',
    )
    this.waitMs = waitMs
  }
}

const LEAST_WAIT_MS = 10 * SECOND
const LONGEST_WAIT_MS = 60 * MINUTE

/** Returns the fault of an answer other than a list. */
export function refusal({ status, headers, body }: Answer, { source, token, now = Date.now }: Request): Fault {
  const { owner, right } = FORGES[source.kind]
  const isTold = /rate limit/i.test(body)
  const wait = waitOf(headers, now()) ?? (isTold ? MINUTE : undefined)
  if (status === 429 || (status === 403 && wait !== undefined)) return new Limited(source.url, wait ?? MINUTE)
  const said = saidIn(body)
  if (status === 401 || status === 403) {
    const what = token === undefined ? 'needs a token' : 'refuses the token'
    const remedy = `Give it one in GIT_CREDENTIALS_FILE, {"${source.url}/": {"token": …}}, with ${right}`
    return new Fault('remote_access_denied', `The server of ${source.url} ${what} (${status}${said})`, remedy)
  }
  if (status === 404) {
    const remedy = `Correct the name of the ${owner}, or the kind of its server, ${source.kind}, or give a token that may see it, with ${right}`
    return new Fault(
      'remote_not_found',
      `There is no ${owner} ${source.url}, or the token may not see it (404${said})`,
      remedy,
    )
  }
  return new Fault(
    'remote_unreachable',
    `The server of ${source.url} answers with ${status}${said}`,
    `Check that ${new URL(source.url).origin} is a healthy server of ${source.kind}; the worker asks it again`,
  )
}

/** Returns how long to wait if a server limits the rate. */
function waitOf(headers: Headers, now: number): number | undefined {
  const after = headers.get('retry-after')
  const isUsedUp = ['x-ratelimit-remaining', 'ratelimit-remaining'].some((name) => headers.get(name) === '0')
  const reset = headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset')
  const waitMs =
    after !== null
      ? /^\d+$/.test(after)
        ? Number(after) * SECOND
        : Date.parse(after) - now
      : isUsedUp && reset !== null
        ? Number(reset) * SECOND - now
        : undefined
  if (waitMs === undefined) return undefined
  return Math.min(Math.max(Number.isFinite(waitMs) ? waitMs : MINUTE, LEAST_WAIT_MS), LONGEST_WAIT_MS)
}

const LONGEST_SAID = 200

/** Returns a server's own message in one printable line. */
function saidIn(body: string): string {
  const given = parseJson(body)
  const {
    message,
    error_description: description,
    error,
  } = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>
  const said = [message, description, error].find((each) => typeof each === 'string')
  return said === undefined ? '' : `: ${String(said).replace(/\p{C}/gu, ' ').slice(0, LONGEST_SAID)}`
}

export function unreachable(url: string, error: unknown, isLate: boolean): Fault {
  if (isLate) {
    return new Fault(
      'remote_timeout',
      `The server of ${url} did not answer within ${PAGE_TIMEOUT_MS / SECOND} s`,
      'Check the network path to it: network policies, HTTPS_PROXY, and whether the server is up',
      { cause: error },
    )
  }
  const { cause = error } = error as Error
  const why = (cause as Error).message
  const remedy = /certificate|self.signed|issuer/i.test(why)
    ? 'Set NODE_EXTRA_CA_CERTS to a file with the certificate of the authority that signed its certificate'
    : 'Check its name and the network path to it: network policies, HTTPS_PROXY, and whether the server is up'
  return new Fault('remote_unreachable', `The server of ${url} cannot be reached (${why})`, remedy, { cause: error })
}

export const unreadable = (url: string, why: string) =>
  new Fault('remote_unreachable', `${url} cannot be listed: ${why}`, 'Correct its kind and url in GIT_SOURCES')
