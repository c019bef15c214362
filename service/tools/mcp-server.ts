import { type CallToolResult, ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import type { Right } from '../access/grant.ts'
import { asFault } from '../errors.ts'
import { TOOLS } from './catalogue.ts'
import type { ToolContext } from './tool.ts'

const INSTRUCTIONS =
  'Searches the code of the indexed repositories. Start with search_code (plain words or identifiers); use grep_code for ' +
  'exact text or regular expressions, read_file to read around a result, list_repositories for names. A folder that is ' +
  'missing is added with index_repository.'

const byName = new Map(TOOLS.map((tool) => [tool.name, tool]))

type JsonObject = { type: 'object'; [field: string]: unknown }
const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }) as JsonObject

const LISTED = TOOLS.map((tool) => ({
  name: tool.name,
  title: tool.title,
  description: tool.description,
  inputSchema: jsonSchema(tool.input),
  outputSchema: jsonSchema(tool.output),
  annotations: { title: tool.title, ...tool.annotations },
}))

const toolCall = z.object({ method: z.literal('tools/call'), params: z.object({ name: z.string() }) })

/** The right that a message needs of who sends it, where it calls a tool. */
export function rightNeededBy(message: unknown): Right | undefined {
  const { data } = toolCall.safeParse(message)
  return data && byName.get(data.params.name)?.right
}

/** An MCP server for one connection or one request, and so for one caller. */
export function makeMcpServer(context: ToolContext): Server {
  const server = new Server(
    { name: 'codebase-mcp', title: 'Codebase MCP', version: manifest.version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  )
  server.setRequestHandler('tools/list', () => ({ tools: LISTED }))
  server.setRequestHandler('tools/call', ({ params }, { mcpReq }) =>
    callTool(params.name, params.arguments, context, mcpReq.signal),
  )
  return server
}

async function callTool(
  name: string,
  input: unknown,
  context: ToolContext,
  signal: AbortSignal,
): Promise<CallToolResult> {
  const tool = byName.get(name)
  if (tool === undefined) {
    const known = [...byName.keys()].join(', ')
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `There is no tool ${JSON.stringify(name)}; there are ${known}`,
    )
  }
  try {
    const { structured, text } = await tool.call(input, context, signal)
    return { content: [{ type: 'text', text }], structuredContent: structured }
  } catch (error) {
    return toErrorResult(error, name, context)
  }
}

function toErrorResult(error: unknown, tool: string, { log }: ToolContext): CallToolResult {
  const fault = asFault(error)
  const id = crypto.randomUUID()
  if (fault.code === 'internal') log.error({ id, tool, error: fault.cause }, 'a tool failed')
  const reference = fault.code === 'internal' ? ` (error ${id})` : ''
  return {
    isError: true,
    content: [{ type: 'text', text: `${fault.message}${reference}\n${fault.remedy}\n[${fault.code}]` }],
    _meta: { 'codebase-mcp/fault': { code: fault.code, remedy: fault.remedy, retryable: fault.status === 503 } },
  }
}
