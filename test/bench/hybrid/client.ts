import { Agent, request } from 'node:http'

export interface Answer {
  readonly results: readonly { readonly path: string }[]
  readonly modes: readonly string[]
  readonly models?: readonly string[]
  readonly degraded?: string
}

export interface Repository {
  readonly state: string
  readonly files: number
  readonly chunks: number
  readonly embedded: number
}

/** The requests of a benchmark. Each resolves with the answer and the time it took. */
export interface Client {
  livez(): Promise<Timed<string>>
  repositories(): Promise<Timed<readonly Repository[]>>
  search(query: string): Promise<Timed<Answer>>
  /** Searches through MCP. */
  tool(query: string): Promise<Timed<Answer>>
  /** Finds the lines that match a pattern, through MCP. */
  grep(pattern: string): Promise<Timed<object>>
  close(): void
}

interface Timed<Value> {
  readonly value: Value
  readonly ms: number
}

const SOCKETS = 256
const LIMIT = 10
const PROTOCOL = '2025-11-25'

export function makeClient(url: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS })
  const ask = makeAsk(url, agent)
  return {
    livez: () => ask('GET', '/livez'),
    repositories: async () => {
      const { value, ms } = await ask('GET', '/v1/repositories')
      return { value: (JSON.parse(value) as { repositories: Repository[] }).repositories, ms }
    },
    search: async (query) => {
      const { value, ms } = await ask('POST', '/v1/search', { query, limit: LIMIT })
      return { value: JSON.parse(value) as Answer, ms }
    },
    tool: (query) => callTool(ask, { name: 'search_code', arguments: { query, limit: LIMIT } }),
    grep: (pattern) => callTool(ask, { name: 'grep_code', arguments: { pattern } }),
    close: () => agent.destroy(),
  }
}

type Ask = ReturnType<typeof makeAsk>

async function callTool<Value>(ask: Ask, params: { name: string; arguments: object }): Promise<Timed<Value>> {
  const { value, ms } = await ask('POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params })
  const { result } = JSON.parse(value) as { result?: { structuredContent: Value; isError?: boolean } }
  if (result === undefined || result.isError) throw new Error(`No answer through MCP: ${value.slice(0, 300)}`)
  return { value: result.structuredContent, ms }
}

function makeAsk(url: string, agent: Agent) {
  return (method: string, path: string, body?: object): Promise<Timed<string>> =>
    new Promise((resolve, reject) => {
      const started = performance.now()
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': PROTOCOL,
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      }
      const sent = request(new URL(path, url), { method, agent, headers }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          const value = Buffer.concat(parts).toString()
          if (response.statusCode === 200) resolve({ value, ms: performance.now() - started })
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${value.slice(0, 300)}`))
        })
      })
      sent.on('error', reject)
      sent.end(text)
    })
}
