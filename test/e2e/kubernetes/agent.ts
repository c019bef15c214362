import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { type Answer, asAgent, asksOllama, repositories, search } from '../docker/agent.ts'
import { type Stack, until } from './cluster.ts'
import { forwarded } from './port-forward.ts'

const withToken = (url: string, token: string): Transport =>
  new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  }) as Transport

interface Way {
  /** Name of the server's Service. */
  readonly service?: string
  /** Whether Ollama embeds the questions. */
  readonly hasOllama?: boolean
}

/**
 * Returns what agents get through the Service for each query, by words and by meaning, once everything is indexed and
 * embedded.
 */
export async function answers(
  namespace: string,
  token: string,
  queries: readonly string[],
  { service, hasOllama = true }: Way = {},
): Promise<ReadonlyMap<string, Answer>> {
  await using door = await forwarded(namespace, service)
  return await asAgent(withToken(door.url, token), async (client) => {
    await until(
      () => repositories(client),
      (rows) => rows.length > 0 && rows.every(({ chunks, embedded }) => chunks > 0 && embedded === chunks),
      180,
    )
    const all = new Map<string, Answer>()
    // Ollama may still be loading the model.
    const isWhole = hasOllama ? asksOllama : () => true
    for (const query of queries) all.set(query, await until(() => search(client, query), isWhole, 60))
    return all
  })
}

/** Returns the paths of the results, best first. */
export const pathsOf = (answer: Answer | undefined) => answer?.results.map(({ path }) => path) ?? []

export const tokenOf = (stack: Stack) => stack.output('token')
