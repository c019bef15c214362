import { Fault } from '../../errors.ts'
import type { GitSource } from '../../git-sources.ts'
import { parseJson } from '../../json.ts'
import { MIB } from '../../units.ts'
import { type ApiList, FORGES, type Forge, type Listed } from './forges.ts'
import { type Answer, PAGE_TIMEOUT_MS, refusal, unreachable, unreadable } from './refusals.ts'

interface Listing {
  readonly source: GitSource
  readonly token?: string
  readonly signal: AbortSignal
  readonly now?: () => number
}

const MOST_PAGES = 2000
const MOST_BYTES = 32 * MIB
const REDIRECTS = 3

/** A repository, and where to fetch it. */
export interface Found extends Listed {
  /** URL on the server that the source names, regardless of the server's own idea of its address. */
  readonly cloneUrl: string
}

/**
 * Returns all repositories of an organisation or group that match its patterns.
 * @throws Limited, Fault `remote_access_denied`, `remote_not_found`, `remote_unreachable`, `remote_timeout`
 */
export async function listRepositories(listing: Listing): Promise<Found[]> {
  const { source } = listing
  const forge = FORGES[source.kind]
  const found = new Map<string, Listed>()
  let count = 0
  let { list, answer } = await first(listing)
  for (let page = 1; page <= MOST_PAGES; page++) {
    if (page > 1) answer = await ask(pageOf(list, page), listing)
    if (answer.status !== 200) throw refusal(answer, listing)
    const entries = entriesOf(answer, forge, listing)
    for (const entry of entries) found.set(entry.id, entry)
    count += entries.length
    if (isLast(answer.headers, { entries: entries.length, count, pageSize: forge.pageSize })) {
      const placed = (entry: Listed) => ({
        ...entry,
        cloneUrl: new URL(`${list.folder}/${entry.path}.git`, source.url).href,
      })
      return fitting(source, found).map(placed)
    }
  }
  throw unreadable(source.url, `it has more than ${MOST_PAGES} pages of repositories`)
}

function pageOf({ url }: ApiList, page: number): URL {
  const made = new URL(url)
  made.searchParams.set('page', String(page))
  return made
}

interface FirstPage {
  readonly list: ApiList
  readonly answer: Answer
}

/** Returns the first page of the first list that the server knows, or the refusal of the likeliest list. */
async function first(listing: Listing): Promise<FirstPage> {
  const [likeliest, ...others] = FORGES[listing.source.kind].lists(new URL(listing.source.url))
  if (likeliest === undefined) throw new Error('A source has no list')
  const refused = { list: likeliest, answer: await ask(pageOf(likeliest, 1), listing) }
  if (refused.answer.status !== 404) return refused
  for (const list of others) {
    const answer = await askInstead(pageOf(list, 1), listing)
    // A token for organisations may not be allowed to ask for users, which says nothing about the organisation.
    const isOfOthers = list.folder === likeliest.folder && [401, 403].includes(answer?.status ?? 0)
    if (answer !== undefined && !isOfOthers) return { list, answer }
  }
  return refused
}

/** Returns the answer of an API. What is not there may also be answered by a page, or lead to a sign-in elsewhere. */
async function askInstead(url: URL, listing: Listing): Promise<Answer | undefined> {
  try {
    const answer = await ask(url, listing)
    return answer.status === 404 || parseJson(answer.body) === undefined ? undefined : answer
  } catch (error) {
    listing.signal.throwIfAborted()
    if (error instanceof Fault) return undefined
    throw error
  }
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
