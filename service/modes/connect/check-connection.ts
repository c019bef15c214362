import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import manifest from '../../../package.json' with { type: 'json' }
import type { Connection } from '../../client-shapes.ts'
import { listRepositories } from '../../tools/list-repositories.ts'
import { SECOND } from '../../units.ts'
import { authorization } from '../remote.ts'

const PATIENCE_MS = 30 * SECOND
const LINES_TOLD = 5

/** What a client finds. */
interface Found {
  readonly tools: number
  /** Time until the tools were listed. */
  readonly ms: number
  /** Whether there is no repository that the client may read. */
  readonly isEmpty: boolean
}

/** Connects the way a client with these settings does. @throws Error if it cannot connect */
export async function checkConnection(connection: Connection): Promise<Found> {
  const started = performance.now()
  const client = new Client({ name: 'codebase-mcp-connect', version: manifest.version })
  const signal = AbortSignal.timeout(PATIENCE_MS)
  let said = ''
  try {
    const transport = transportOf(connection)
    if (transport instanceof StdioClientTransport) transport.stderr?.on('data', (data) => (said += data))
    await client.connect(transport, { signal })
    const { tools } = await client.listTools(undefined, { signal })
    const ms = Math.round(performance.now() - started)
    const call = { name: listRepositories.name, arguments: { limit: 1 } }
    const listed = await client.callTool(call, undefined, { signal })
    const { total } = (listed.structuredContent ?? {}) as { readonly total?: number }
    return { tools: tools.length, ms, isEmpty: total === 0 }
  } catch (error) {
    const { message, cause } = error as Error
    const { code } = (cause ?? {}) as NodeJS.ErrnoException
    const failure = code === undefined ? message : `it does not answer (${code})`
    const why = signal.aborted ? `no answer within ${PATIENCE_MS / SECOND} s` : failure
    const lines = said.trim().split('\n').slice(-LINES_TOLD).join('\n')
    throw new Error(lines === '' ? why : `${why}. It printed:\n${lines}`, { cause: error })
  } finally {
    await client.close()
  }
}

function transportOf(connection: Connection): Transport {
  if (connection.kind === 'http') {
    const requestInit = { headers: authorization(connection.token) }
    return new StreamableHTTPClientTransport(new URL(connection.url), { requestInit }) as Transport
  }
  const { command, args, env } = connection
  // Only the variables that clients pass to all servers, and those in the settings.
  return new StdioClientTransport({
    command,
    args: [...args],
    env: { ...getDefaultEnvironment(), ...env },
    stderr: 'pipe',
  })
}
