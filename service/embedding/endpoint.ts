import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { parseJson } from '../json.ts'
import { MIB, SECOND } from '../units.ts'
import { replyInvalid, unavailable } from './faults.ts'

/** Address of Ollama for messages, and the headers made from a user and password in the URL. */
export interface Endpoint {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Patience {
  /** Limit for one attempt, until the last byte. */
  readonly timeoutMs: number
  readonly tries: number
  readonly retryDelayMs: number
  readonly signal?: AbortSignal | undefined
}

export interface Reply {
  readonly status: number
  /** Undefined if the body is not JSON. */
  readonly json: unknown
  readonly text: string
}

const MAX_REPLY_BYTES = 64 * MIB
const TOO_MANY_REQUESTS = 429

export function endpointOf(url: string): Endpoint {
  const parsed = new URL(url)
  const { username, password } = parsed
  parsed.username = ''
  parsed.password = ''
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  return {
    url: parsed.href.replace(/\/+$/, ''),
    headers: username === '' && password === '' ? {} : { authorization: `Basic ${credentials}` },
  }
}

/**
 * Sends a POST and returns the reply. Retries if Ollama refuses or drops the connection or answers 5xx, but not after a
 * timeout.
 * @throws Fault `embedder_unavailable`, or the signal's reason
 */
export async function post(endpoint: Endpoint, path: string, body: object, patience: Patience): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(endpoint, path, body, patience)
    if ('reply' in outcome && !isTransient(outcome.reply)) return outcome.reply
    if (attempt >= patience.tries || ('fault' in outcome && outcome.final)) {
      throw 'fault' in outcome ? outcome.fault : unavailable(endpoint.url, `answered ${described(outcome.reply)}`)
    }
    await delay(patience.retryDelayMs * 2 ** (attempt - 1), undefined, { signal: patience.signal })
  }
}

type Outcome = { readonly reply: Reply } | { readonly fault: Error; readonly final: boolean }

async function tryOnce(endpoint: Endpoint, path: string, body: object, patience: Patience): Promise<Outcome> {
  const timeout = AbortSignal.timeout(patience.timeoutMs)
  try {
    const response = await request(endpoint, path, body, AbortSignal.any([timeout, ...given(patience.signal)]))
    const text = await readText(response, endpoint)
    return { reply: { status: response.status, text, json: parseJson(text) } }
  } catch (error) {
    patience.signal?.throwIfAborted()
    if (!(error instanceof TypeError) && !timeout.aborted) throw error
    const why = timeout.aborted ? `did not answer within ${patience.timeoutMs / SECOND} s` : reasonOf(error)
    return { fault: unavailable(endpoint.url, why, error), final: timeout.aborted }
  }
}

/** Returns the head of the reply. The caller reads the body. */
export function request(endpoint: Endpoint, path: string, body: object, signal: AbortSignal): Promise<Response> {
  return fetch(endpoint.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...endpoint.headers },
    body: JSON.stringify(body),
    redirect: 'error',
    signal,
  })
}

const given = (signal: AbortSignal | undefined) => (signal === undefined ? [] : [signal])

async function readText(response: Response, endpoint: Endpoint): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > MAX_REPLY_BYTES) throw replyInvalid(endpoint.url, `it is larger than ${MAX_REPLY_BYTES / MIB} MiB`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

// Ollama answers 500 instead of 400 to a model name that it cannot parse. A retry does not help.
const isTransient = ({ status, text }: Reply) =>
  (status >= 500 && !text.includes('unqualified name')) || status === TOO_MANY_REQUESTS

/** Describes why a fetch failed, by the system's error: `refuses connections`, `has a host name that cannot be resolved` … */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  if (code === 'ECONNREFUSED') return 'refuses connections'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'has a host name that cannot be resolved'
  return `cannot be reached (${code ?? (cause instanceof Error ? cause.message : String(error))})`
}

/** Returns the status and Ollama's message in one short line. */
export function described({ status, json, text }: Reply): string {
  const error = errorIn(json)
  const words = (error ?? text).replace(/\s+/g, ' ').trim().slice(0, 200)
  return words === '' ? String(status) : `${status}: ${words}`
}

export function errorIn(json: unknown): string | undefined {
  const isObject = typeof json === 'object' && json !== null && 'error' in json
  return isObject && typeof json.error === 'string' ? json.error : undefined
}

const VersionReply = z.object({ version: z.string() })

/** Returns the version of Ollama at the endpoint. @throws Fault `embedder_unavailable` or `embedder_reply_invalid` */
export async function ollamaVersion({ url, headers }: Endpoint, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${url}/api/version`, { headers, redirect: 'error', signal }).catch((error: unknown) => {
    throw unavailable(url, signal.aborted ? 'does not answer' : reasonOf(error), error)
  })
  const parsed = VersionReply.safeParse(await response.json().catch(() => undefined))
  if (response.ok && parsed.success) return parsed.data.version
  throw replyInvalid(url, `${response.status} when asked for its version`)
}
