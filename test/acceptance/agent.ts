import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { authorization, url } from './deployment.ts'

interface Told {
  readonly isError: boolean
  readonly text: string
  /** Of a fault. */
  readonly code?: string
}

/** An agent's client, of the generation that agents embed. */
export interface Agent {
  readonly client: Client
  /** The structured answer of a tool, which the client has checked against the tool's schema. */
  call<Answer>(tool: string, input?: object): Promise<Answer>
  /** What a person or a model reads of the answer. */
  told(tool: string, input?: object): Promise<Told>
}

export async function connectAgent(): Promise<Agent> {
  const client = new Client({ name: 'acceptance-tests', version: '1' })
  const requestInit = { headers: { ...authorization } }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }) as Transport)
  // From here on the client knows the schemas of the answers, and checks them.
  await client.listTools()
  const ask = (name: string, input: object = {}) => client.callTool({ name, arguments: { ...input } })
  const told = async (tool: string, input?: object): Promise<Told> => {
    const { isError, content, _meta } = await ask(tool, input)
    const fault = _meta?.['codebase-mcp/fault'] as { code: string } | undefined
    const text = (content as { text: string }[]).map((part) => part.text).join('\n')
    return { isError: isError === true, text, ...(fault === undefined ? {} : { code: fault.code }) }
  }
  return {
    client,
    told,
    async call<Answer>(tool: string, input?: object) {
      const { isError, content, structuredContent } = await ask(tool, input)
      if (isError) throw new Error(`${tool} failed: ${JSON.stringify(content)}`)
      return structuredContent as Answer
    },
  }
}
