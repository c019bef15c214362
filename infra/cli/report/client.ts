import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { type Finding, findings } from '../../finding.ts'
import { npmCommand } from '../../printed-commands.ts'

const { ok, warning, failing } = findings('client')

const TIMEOUT_MS = 15_000
const QUERY = 'where does the program start'

interface Answer {
  readonly results: readonly unknown[]
  readonly modes: readonly string[]
  readonly degraded?: string
}

/** Connects as an agent does, lists the tools and runs a search. */
export async function checkClient(url: string): Promise<Finding[]> {
  const client = new Client({ name: 'codebase-mcp-doctor', version: '1' })
  try {
    // The types of the SDK disagree on whether the optional session can be undefined.
    await client.connect(new StreamableHTTPClientTransport(new URL(url)) as Transport, { timeout: TIMEOUT_MS })
    const { tools } = await client.listTools(undefined, { timeout: TIMEOUT_MS })
    const began = performance.now()
    const call = { name: 'search_code', arguments: { query: QUERY } }
    const { structuredContent, isError } = await client.callTool(call, undefined, { timeout: TIMEOUT_MS })
    const ms = Math.round(performance.now() - began)
    if (isError) return [failing('mcp', `${url}: search_code failed`, `\`${npmCommand('logs', 'server')}\` shows why`)]
    return [answerFinding(`${url} offers ${tools.length} tools; a search`, structuredContent as unknown as Answer, ms)]
  } catch (error) {
    return [unreachable(url, error as Error)]
  } finally {
    await client.close()
  }
}

function answerFinding(start: string, { results, modes, degraded }: Answer, ms: number): Finding {
  const detail = `${start} took ${ms} ms and found ${results.length} (${modes.join(' and ')})`
  if (degraded !== undefined) return warning('mcp', `${detail}: ${degraded}`, 'See the checks of the server')
  if (results.length === 0)
    return warning('mcp', detail, `\`${npmCommand('status')}\` shows whether anything is indexed`)
  return ok('mcp', detail)
}

const UNAUTHORIZED = 401

function unreachable(url: string, error: Error): Finding {
  if ((error as { readonly code?: unknown }).code === UNAUTHORIZED || error.name === 'UnauthorizedError') {
    return warning('mcp', `${url} requires a token`, 'Connect with one of the tokens in codebase-mcp:access.tokens')
  }
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException
  return failing(
    'mcp',
    `${url}: ${code ?? error.message}`,
    `\`${npmCommand('status')}\` shows whether the server is healthy`,
  )
}
