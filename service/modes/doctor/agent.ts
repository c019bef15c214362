import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { z } from 'zod'
import manifest from '../../../package.json' with { type: 'json' }
import { makeMcpServer } from '../../tools/mcp-server.ts'
import { searchCode } from '../../tools/search-code.ts'
import type { ToolContext } from '../../tools/tool.ts'
import type { ServerAddress } from '../announced-server.ts'
import { authorization } from '../remote.ts'

const QUERY = 'where does the program start'

const Answer = z.object({
  modes: z.array(z.string()),
  degraded: z.string().optional(),
  results: z.array(z.unknown()),
})

/** What an agent sees of an MCP server. */
export interface AgentsView {
  readonly version?: string
  readonly tools: readonly string[]
  readonly connectMs: number
  readonly search: SearchSeen
}

type SearchSeen =
  | { readonly refusal: string }
  | { readonly ms: number; readonly found: number; readonly modes: readonly string[]; readonly degraded?: string }

/** Connects to a server as agents do, with the SDK generation that they embed. */
export function visitServer({ url, token }: ServerAddress, signal: AbortSignal): Promise<AgentsView> {
  const requestInit = { headers: authorization(token) }
  return visit(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }) as Transport, signal)
}

/** Does the same in this process, without a server. */
export async function visitInProcess(context: ToolContext, signal: AbortSignal): Promise<AgentsView> {
  const [here, there] = InMemoryTransport.createLinkedPair()
  const server = makeMcpServer(context)
  await server.connect(there)
  try {
    return await visit(here, signal)
  } finally {
    await server.close()
  }
}

async function visit(transport: Transport, signal: AbortSignal): Promise<AgentsView> {
  const client = new Client({ name: 'codebase-mcp-doctor', version: manifest.version })
  const started = performance.now()
  try {
    await client.connect(transport, { signal })
    const connectMs = performance.now() - started
    const { tools } = await client.listTools(undefined, { signal })
    const version = client.getServerVersion()?.version
    const search = await askAsAgent(client, signal)
    return {
      ...(version === undefined ? {} : { version }),
      tools: tools.map(({ name }) => name),
      connectMs,
      search,
    }
  } finally {
    await client.close()
  }
}

async function askAsAgent(client: Client, signal: AbortSignal): Promise<SearchSeen> {
  const call = { name: searchCode.name, arguments: { query: QUERY, limit: 3, detail: 'paths' } }
  const started = performance.now()
  const { isError, content, structuredContent } = await client.callTool(call, undefined, { signal })
  const ms = performance.now() - started
  if (isError) return { refusal: textOf(content) }
  const { modes, degraded, results } = Answer.parse(structuredContent)
  return { ms, found: results.length, modes, ...(degraded === undefined ? {} : { degraded }) }
}

function textOf(content: unknown): string {
  const [first] = Array.isArray(content) ? content : []
  return typeof first?.text === 'string' ? first.text : 'no reason given'
}
