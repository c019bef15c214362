import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import manifest from '../../../package.json' with { type: 'json' }
import type { Connection } from '../../client-shapes.ts'
import { SECOND } from '../../units.ts'
import { authorization } from '../remote.ts'

const PATIENCE_MS = 30 * SECOND
const LINES_TOLD = 5

/**
 * Connects the way a client with these settings does. @returns the tools that the server offers @throws Error if it
 * cannot connect
 */
export async function checkConnection(connection: Connection): Promise<string[]> {
  const client = new Client({ name: 'codebase-mcp-connect', version: manifest.version })
  const signal = AbortSignal.timeout(PATIENCE_MS)
  let said = ''
  try {
    const transport = transportOf(connection)
    if (transport instanceof StdioClientTransport) transport.stderr?.on('data', (data) => (said += data))
    await client.connect(transport, { signal })
    const { tools } = await client.listTools(undefined, { signal })
    return tools.map(({ name }) => name)
  } catch (error) {
    const why = signal.aborted ? `no answer within ${PATIENCE_MS / SECOND} s` : (error as Error).message
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
