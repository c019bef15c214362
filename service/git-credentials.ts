import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { Fault } from './errors.ts'
import { parseUrlPrefix } from './git-url.ts'
import { parseJson } from './json.ts'

/** Credentials of the repositories whose address begins with the prefix. */
export type GitCredential =
  | { readonly prefix: string; readonly username: string; readonly token: string }
  | { readonly prefix: string; readonly keyFile: string; readonly knownHostsFile: string }

const path = z.string().refine(isAbsolute, { error: 'must be an absolute path' })
const header = z.string().regex(/^[\x21-\x7e]+$/, { error: 'must be printable ASCII' })
const token = z.strictObject({ username: header.default('x-access-token'), token: header })
const key = z.strictObject({ keyFile: path, knownHostsFile: path })

/**
 * Parses `{"https://host/team/": {"token": …, "username"?: …}, "ssh://git@host/": {"keyFile": …, "knownHostsFile":
 * …}}`.
 * @throws Fault `configuration_invalid`, whose message begins with a verb and shows no value
 */
export function parseGitCredentials(text: string): GitCredential[] {
  const entries = z.record(z.string(), z.unknown()).safeParse(parseJson(text)).data
  if (entries === undefined) throw invalid('must be a JSON object of URLs, each with its token or keyFile')
  return Object.entries(entries).map(([url, value]) => credential(url, value))
}

function credential(url: string, value: unknown): GitCredential {
  const prefix = prefixOf(url)
  const schema = prefix.startsWith('ssh:') ? key : token
  const parsed = schema.safeParse(value)
  if (parsed.success) return { prefix, ...parsed.data }
  const faults = parsed.error.issues.map(({ path: [field = 'it'], message }) => `${String(field)}: ${message}`)
  throw invalid(
    `has an entry for ${prefix} that cannot be used (${faults.join('; ')}); https takes token and username, ssh takes keyFile and knownHostsFile`,
  )
}

function prefixOf(url: string): string {
  try {
    return parseUrlPrefix(url)
  } catch (error) {
    throw invalid(`has an entry that is not a URL: ${(error as Fault).message}`)
  }
}

const invalid = (message: string) => new Fault('configuration_invalid', message, 'See GIT_CREDENTIALS in .env.example')
