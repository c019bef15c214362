import { Agent as Connections, request } from 'node:http'

/** A raw answer of the server. */
interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly ms: number
}

/** A tool's answer, validated against MCP's rules. */
export interface Answer {
  readonly content: Readonly<Record<string, unknown>>
  readonly ms: number
}

export interface AgentOptions {
  readonly token?: string
  /** Maximum number of concurrent connections. */
  readonly connections?: number
  /** Id of the first request. Later requests count up. */
  readonly firstId?: number
  readonly timeoutMs?: number
}

/** An MCP client that trusts nothing: it checks that each answer is complete and belongs to its own question. */
export interface Agent {
  call(tool: string, input: object): Promise<Answer>
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>
  get(path: string): Promise<Reply>
  close(): void
}

/** The server cannot answer at the moment, and a retry may help. */
export class Busy extends Error {
  override readonly name = 'Busy'
}

const PROTOCOL = '2025-11-25'
const TIMEOUT_MS = 30_000
/** Codes of temporary faults. */
const RETRYABLE: readonly string[] = ['overloaded', 'database_unavailable', 'deadline_exceeded']

export function makeAgent(url: string, options: AgentOptions = {}): Agent {
  const { token, connections = 1, firstId = 1, timeoutMs = TIMEOUT_MS } = options
  const agent = new Connections({ keepAlive: true, maxSockets: connections })
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  let id = firstId

  const send = (method: string, path: string, headers: Record<string, string>, body?: string): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now()
      const sent = request(new URL(path, url), { method, agent, headers, timeout: timeoutMs }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response
          resolve({ status, headers, text: Buffer.concat(parts).toString(), ms: performance.now() - startedAt })
        })
      })
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer within ${timeoutMs} ms`)))
      sent.on('error', reject)
      sent.end(body)
    })
  const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const own: Record<string, string> = {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      ...(path === '/mcp' ? { 'mcp-protocol-version': PROTOCOL } : {}),
    }
    return send('POST', path, { ...own, ...authorization, ...headers }, text)
  }
  return {
    post,
    get: (path) => send('GET', path, authorization),
    call: async (name, input) => {
      const own = id++
      const params = { name, arguments: input }
      const reply = await post('/mcp', { jsonrpc: '2.0', id: own, method: 'tools/call', params })
      return { content: contentOf(reply, own), ms: reply.ms }
    },
    close: () => agent.destroy(),
  }
}

function contentOf({ status, headers, text }: Reply, id: number): Answer['content'] {
  const wrong = (why: string) => new Error(`${why}: ${status} ${text.slice(0, 300)}`)
  if (status === 503 && headers['retry-after'] !== undefined) throw new Busy(text.slice(0, 300))
  if (status !== 200) throw wrong('A call was refused')
  const message = JSON.parse(text) as {
    jsonrpc?: unknown
    id?: unknown
    result?: {
      content?: unknown
      structuredContent?: unknown
      isError?: boolean
      _meta?: { 'codebase-mcp/fault'?: { code?: string } }
    }
  }
  if (message.jsonrpc !== '2.0' || message.id !== id) throw wrong(`An answer to another question than ${id}`)
  const { content, structuredContent, isError, _meta } = message.result ?? {}
  if (RETRYABLE.includes(_meta?.['codebase-mcp/fault']?.code ?? '')) throw new Busy(text.slice(0, 300))
  if (isError === true) throw wrong('A tool failed')
  if (!Array.isArray(content) || typeof structuredContent !== 'object' || structuredContent === null) {
    throw wrong('An answer without content')
  }
  return structuredContent as Answer['content']
}

interface Place {
  readonly repository: string
  readonly path: string
  readonly snippet?: string
}

/** Returns the results of an answer of `search_code`. */
export const placesIn = ({ content }: Answer) => content.results as readonly Place[]

/** Returns the matches of an answer of `grep_code`. */
export const matchesIn = ({ content }: Answer) => content.matches as readonly (Place & { readonly text: string })[]

/** Returns the quantile of the values. `share` is from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
