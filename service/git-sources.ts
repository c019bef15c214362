import { z } from 'zod'
import { Fault } from './errors.ts'
import { parseUrlPrefix } from './git-url.ts'
import { parseJson } from './json.ts'

/** An organisation, group or user on a git server whose repositories are indexed. */
export interface GitSource {
  readonly kind: 'github' | 'gitlab' | 'gitea'
  /** URL of its page, without a trailing slash. */
  readonly url: string
  /** Patterns of paths such as `acme/shop-*`. Empty for all. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly archived: boolean
  readonly forks: boolean
}

/** A path in which `*` matches anything without a slash, and `**` matches anything. */
const pattern = z
  .string()
  .regex(/^[\w.*/-]{1,200}$/, { error: 'must be a path such as acme/shop-*, in letters, digits and . _ - / *' })

const source = z.strictObject({
  kind: z.enum(['github', 'gitlab', 'gitea'], { error: 'must be github, gitlab or gitea' }),
  url: z.string({ error: 'must be the URL of an organisation or group' }),
  include: z.array(pattern, { error: 'must be a list of paths' }).default([]),
  exclude: z.array(pattern, { error: 'must be a list of paths' }).default([]),
  archived: z.boolean({ error: 'must be true or false' }).default(false),
  forks: z.boolean({ error: 'must be true or false' }).default(false),
})

/**
 * Parses `[{"kind": "github", "url": "https://github.com/acme", "include"?: […], "exclude"?: […], "archived"?: false,
 * "forks"?: false}]`.
 * @throws Fault `configuration_invalid`, whose message begins with a verb
 */
export function parseGitSources(text: string): GitSource[] {
  const entries = z.array(z.unknown()).safeParse(parseJson(text)).data
  if (entries === undefined) throw invalid('must be a JSON list of organisations and groups, each with kind and url')
  const sources = entries.map(parsed)
  const place = ({ url }: GitSource) => url.toLowerCase()
  const twice = sources.find((source, at) => sources.findIndex((other) => place(other) === place(source)) < at)
  if (twice !== undefined) throw invalid(`has ${twice.url} twice; put the patterns of both into one`)
  return sources
}

function parsed(entry: unknown, at: number): GitSource {
  const { data, error } = source.safeParse(entry)
  if (data === undefined) throw invalid(`has a mistake in entry ${at + 1}: ${error.issues.map(inWords).join('; ')}`)
  const url = addressOf(data.url, at)
  const owner = ownerOfPage(data.kind, url)
  if (owner !== undefined) throw invalid(`has ${url} in entry ${at + 1}, which is a page of it; give ${owner}`)
  const folders = new URL(url).pathname.split('/').filter((part) => part !== '')
  if (folders.length === 0) {
    throw invalid(`has ${url} in entry ${at + 1}, which names no organisation or group; add its path`)
  }
  if (data.kind === 'github' && folders.length > 1) {
    throw invalid(
      `has ${url} in entry ${at + 1}, which is longer than the URL of a GitHub organisation; give that alone`,
    )
  }
  return { ...data, url }
}

/** Parts of a URL, as a browser shows it, that name its owner: what precedes the path, and the path. */
const PAGES: Readonly<Record<GitSource['kind'], readonly RegExp[]>> = {
  github: [
    /^(https:\/\/)(?:api|www)\.(github\.com\/)(?:(?:orgs|users)\/)?([^/]+)/,
    /^(https?:\/\/[^/]+\/)(?:orgs|users)\/([^/]+)/,
  ],
  gitlab: [
    /^(https?:\/\/[^/]+\/)groups\/(.+?)(?:\/-(?:\/|$)|$)/,
    /^(https?:\/\/[^/]+\/)users\/([^/]+)/,
    /^(https?:\/\/.+?)\/-(?:\/|$)/,
  ],
  gitea: [/^(https?:\/\/.+\/)org\/([^/]+)\/(?:dashboard|members|settings|teams)\b/],
}

/** Returns the URL of the owner if a URL is another page of it. */
function ownerOfPage(kind: GitSource['kind'], url: string): string | undefined {
  const found = PAGES[kind].map((page) => page.exec(url)).find((match) => match !== null)
  return found?.slice(1).join('')
}

const inWords = ({ path, message, ...issue }: z.core.$ZodIssue) =>
  issue.code === 'unrecognized_keys' ? `unknown: ${issue.keys.join(', ')}` : `${path.join('.') || 'it'} ${message}`

function addressOf(url: string, at: number): string {
  try {
    const address = parseUrlPrefix(url)
    if (!address.startsWith('ssh:')) return address
  } catch (error) {
    throw invalid(`has a URL in entry ${at + 1} that cannot be used: ${(error as Fault).message}`)
  }
  throw invalid(`has ${url} in entry ${at + 1}; give the address of its page, https://host/name`)
}

const invalid = (message: string) => new Fault('configuration_invalid', message, 'See GIT_SOURCES in .env.example')
