import { Fault } from '../../errors.ts'
import type { GitSource } from '../../git-sources.ts'
import { parseJson } from '../../json.ts'
import { MIB, MINUTE, SECOND } from '../../units.ts'
import { FORGES, type Forge, type Listed } from './forges.ts'

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

interface Listing {
  readonly source: GitSource
  readonly token?: string
  readonly signal: AbortSignal
  readonly now?: () => number
}

const PAGE_TIMEOUT_MS = 60 * SECOND
const MOST_PAGES = 2000
const MOST_BYTES = 32 * MIB
const REDIRECTS = 3

/**
 * Returns all repositories of an organisation or group that match its patterns.
 * @throws Limited, Fault `remote_access_denied`, `remote_not_found`, `remote_unreachable`, `remote_timeout`
 */
export async function listRepositories(listing: Listing): Promise<Listed[]> {
  const { source } = listing
  const forge = FORGES[source.kind]
  const found = new Map<string, Listed>()
  let count = 0
  let asUser = false
  for (let page = 1; page <= MOST_PAGES; page++) {
    const [ofOwner, ofUser] = forge.pages(new URL(source.url), page)
    let answer = await ask(asUser ? ofUser : ofOwner, listing)
    if (answer.status === 404 && page === 1) {
      asUser = true
      answer = await ask(ofUser, listing)
    }
    if (answer.status !== 200) throw refusal(answer, listing)
    const entries = entriesOf(answer, forge, listing)
    for (const entry of entries) found.set(entry.id, entry)
    count += entries.length
    if (isLast(answer.headers, { entries: entries.length, count, pageSize: forge.pageSize }))
      return fitting(source, found)
  }
  throw unreadable(source.url, `it has more than ${MOST_PAGES} pages of repositories`)
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

async function ask(url: URL, { source, token, signal }: Listing): Promise<Answer> {
  let at = url
  for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
    const until = AbortSignal.any([signal, AbortSignal.timeout(PAGE_TIMEOUT_MS)])
    const headers = {
      accept: 'application/json',
      'user-agent': 'codebase-mcp',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    }
    try {
      const response = await fetch(at, { headers, redirect: 'manual', signal: until })
      const next = redirected(response, at)
      if (next === undefined)
        return { status: response.status, headers: response.headers, body: await bodyOf(response) }
      await response.body?.cancel()
      // A token is only for the server that it was given for.
      if (next.origin !== url.origin) throw unreadable(source.url, `it redirects to another server, ${next.origin}`)
      at = next
    } catch (error) {
      signal.throwIfAborted()
      throw error instanceof Fault ? error : unreachable(source.url, error, until.aborted)
    }
  }
  throw unreadable(source.url, 'it redirects without end')
}

/** A renamed organisation is found by its id. */
function redirected({ status, headers }: Response, from: URL): URL | undefined {
  const location = headers.get('location')
  return [301, 302, 307, 308].includes(status) && location !== null ? new URL(location, from) : undefined
}

async function bodyOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new Error(`a page is larger than ${MOST_BYTES / MIB} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function entriesOf({ body }: Answer, { listed }: Forge, { source }: Listing): Listed[] {
  const parsed = listed.array().safeParse(parseJson(body))
  if (parsed.success) return parsed.data
  throw unreadable(source.url, `its answer is not a list of repositories of ${source.kind}`)
}

interface Counted {
  readonly entries: number
  /** Number of entries on this page and all previous ones. */
  readonly count: number
  readonly pageSize: number
}

/** Each server reports the end in its own way. Without a report, a page that is not full is the last. */
function isLast(headers: Headers, { entries, count, pageSize }: Counted): boolean {
  if (entries === 0) return true
  const next = headers.get('x-next-page')
  if (next !== null) return next === ''
  const link = headers.get('link')
  if (link !== null) return !/rel="?next"?/.test(link)
  const total = headers.get('x-total-count')
  return total === null ? entries < pageSize : count >= Number(total)
}

function fitting({ include, exclude, archived, forks }: GitSource, found: ReadonlyMap<string, Listed>): Listed[] {
  const [included, excluded] = [include.map(expression), exclude.map(expression)]
  return [...found.values()].filter(
    ({ path, isArchived, isFork, isEmpty }) =>
      !isEmpty &&
      (archived || !isArchived) &&
      (forks || !isFork) &&
      (included.length === 0 || included.some((each) => each.test(path))) &&
      !excluded.some((each) => each.test(path)),
  )
}

/** A pattern without a slash matches the name only. */
function expression(pattern: string): RegExp {
  const words = pattern.split(/(\*+)/).map((part) => {
    if (part.startsWith('*')) return part.length > 1 ? '.*' : '[^/]*'
    return part.replace(/[.]/g, '\\.')
  })
  return new RegExp(`^${pattern.includes('/') ? '' : '(?:.*/)?'}${words.join('')}$`, 'i')
}

const LEAST_WAIT_MS = 10 * SECOND
const LONGEST_WAIT_MS = 60 * MINUTE

function refusal({ status, headers, body }: Answer, { source, token, now = Date.now }: Listing): Fault {
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
    const remedy = `Correct the name of the ${owner}, or give a token that may see it, with ${right}`
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

function unreachable(url: string, error: unknown, isLate: boolean): Fault {
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

const unreadable = (url: string, why: string) =>
  new Fault('remote_unreachable', `${url} cannot be listed: ${why}`, 'Correct its kind and url in GIT_SOURCES')
