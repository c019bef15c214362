import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import manifest from '../../../package.json' with { type: 'json' }
import type { Connection } from '../../client-shapes.ts'
import { SECOND } from '../../units.ts'
import { authorization } from '../remote.ts'

const PATIENCE_MS = 30 * SECOND

/**
 * Connects the way a client with these settings does. @returns the tools that the server offers @throws Error if it
 * cannot connect
 */
export async function checkConnection(connection: Connection): Promise<string[]> {
  const client = new Client({ name: 'codebase-mcp-connect', version: manifest.version })
  const signal = AbortSignal.timeout(PATIENCE_MS)
  try {
    await client.connect(transportOf(connection), { signal })
    const { tools } = await client.listTools(undefined, { signal })
    return tools.map(({ name }) => name)
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
    stderr: 'ignore',
  })
}
