import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

export interface Answer {
  readonly results: readonly { readonly path: string; readonly score: number }[]
  readonly modes: readonly string[]
  /** The models whose vectors were compared. */
  readonly models: readonly string[]
  readonly degraded?: string
}

/** Tells whether Ollama's vectors were compared, not only those of the model in the package. */
export const asksOllama = ({ models }: Pick<Answer, 'models'>) => models.some((model) => !model.startsWith('static-'))

export interface RepositoryRow {
  readonly name: string
  readonly files: number
  readonly chunks: number
  readonly embedded: number
}

/** Connects an agent, passes it to `work` and disconnects it. */
export async function asAgent<Result>(
  transport: Transport,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ name: 'agent', version: '1' })
  await client.connect(transport)
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

export const overHttp = (url: string): Transport =>
  new StreamableHTTPClientTransport(new URL(`${url}/mcp`)) as Transport

/** @param variables in addition to those that a client passes to every process */
export const overStdio = (command: string, args: string[], variables: Record<string, string> = {}): Transport =>
  new StdioClientTransport({ command, args, env: { ...getDefaultEnvironment(), ...variables }, stderr: 'pipe' })

export async function search(client: Client, query: string): Promise<Answer> {
  return (await client.callTool({ name: 'search_code', arguments: { query } })).structuredContent as unknown as Answer
}

export async function repositories(client: Client): Promise<readonly RepositoryRow[]> {
  const { structuredContent, content } = await client.callTool({ name: 'list_repositories', arguments: {} })
  if (structuredContent === undefined) throw new Error(`list_repositories answered ${JSON.stringify(content)}`)
  return (structuredContent as unknown as { repositories: RepositoryRow[] }).repositories
}
