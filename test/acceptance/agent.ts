import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { authorization, url } from './deployment.ts'

interface Told {
  readonly isError: boolean
  readonly text: string
  /** Code of the fault. Undefined if the call succeeded. */
  readonly code?: string
}

/** A client built on the SDK that agents embed. */
export interface Agent {
  readonly client: Client
  /** Returns the structured answer of a tool. The client has validated it against the tool's output schema. */
  call<Answer>(tool: string, input?: object): Promise<Answer>
  /** Returns the text of the answer, as a person or a model reads it. */
  told(tool: string, input?: object): Promise<Told>
}

export async function connectAgent(): Promise<Agent> {
  const client = new Client({ name: 'acceptance-tests', version: '1' })
  const requestInit = { headers: { ...authorization } }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }) as Transport)
  // Listing the tools makes the client validate answers against their output schemas.
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
