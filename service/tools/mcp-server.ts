import { type CallToolResult, ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import type { Right } from '../access/grant.ts'
import { asFault } from '../errors.ts'
import { parseJson } from '../json.ts'
import { TOOLS } from './catalogue.ts'
import { hidesText } from './clients.ts'
import { listedSchema } from './listed-schema.ts'
import type { ToolContext } from './tool.ts'

const INSTRUCTIONS =
  'Searches the code of the indexed repositories. search_code for questions in words, find_symbol for names, grep_code for ' +
  'exact text, read_file (with outline for long files) to read around a result, list_files for the layout.'

const byName = new Map(TOOLS.map((tool) => [tool.name, tool]))

const LISTED = TOOLS.map((tool) => ({
  name: tool.name,
  title: tool.title,
  description: tool.description,
  inputSchema: listedSchema(tool.input),
  ...(tool.promisesFields && { outputSchema: listedSchema(tool.output) }),
  annotations: tool.annotations,
}))

const toolCall = z.object({ method: z.literal('tools/call'), params: z.object({ name: z.string() }) })

/** Returns the right that the sender of a message needs, if the message calls a tool. */
export function rightNeededBy(message: unknown): Right | undefined {
  const { data } = toolCall.safeParse(message)
  return data && byName.get(data.params.name)?.right
}

export interface Called {
  readonly name: string
  readonly arguments?: unknown
}

export interface Calling {
  /** Leaves out structured content that no schema promises. */
  readonly textAlone: boolean
  readonly signal: AbortSignal
}

interface Options {
  /** Default: decided by the client's name. */
  readonly textAlone?: boolean
  /** Answers a call in another process. Returns undefined if it must be answered here. */
  readonly elsewhere?: (call: Called, calling: Calling) => Promise<CallToolResult | undefined>
}

/** Creates an MCP server for one connection or one request, and thus for one caller. */
export function makeMcpServer(context: ToolContext, { textAlone, elsewhere }: Options = {}): Server {
  const server = new LenientServer(
    { name: 'codebase-mcp', title: 'Codebase MCP', version: manifest.version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  )
  server.setRequestHandler('tools/list', () => ({ tools: LISTED }))
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const calling = {
      textAlone: textAlone ?? hidesText(server.getClientVersion()?.name),
      signal: mcpReq.signal,
    }
    return (await elsewhere?.(params, calling)) ?? callTool(params, context, calling)
  })
  return server
}

/** Accepts calls whose arguments are null, an empty list or JSON in a string, as some clients send them. */
class LenientServer extends Server {
  protected override _wrapHandler(...given: Parameters<Server['_wrapHandler']>): ReturnType<Server['_wrapHandler']> {
    const handle = super._wrapHandler(...given)
    return (request, context) => handle(withArguments(request), context)
  }
}

function withArguments<Request extends { readonly params?: Readonly<Record<string, unknown>> | undefined }>(
  request: Request,
): Request {
  const { arguments: input, ...params } = request.params ?? {}
  const isNothing = Array.isArray(input) && input.length === 0
  if (input === null || input === '' || isNothing) return { ...request, params }
  const once = typeof input === 'string' ? parseJson(input) : undefined
  const meant = typeof once === 'string' ? parseJson(once) : once
  return meant === undefined ? request : { ...request, params: { ...params, arguments: meant } }
}

async function callTool(
  { name, arguments: input }: Called,
  context: ToolContext,
  { textAlone, signal }: Calling,
): Promise<CallToolResult> {
  const tool = byName.get(name)
  if (tool === undefined) {
    const known = [...byName.keys()].join(', ')
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `There is no tool ${JSON.stringify(name)}; the tools are ${known}`,
    )
  }
  try {
    const { text, fields } = await tool.call(input, context, signal)
    const isShown = tool.promisesFields || !textAlone
    return { content: [{ type: 'text', text }], ...(isShown && { structuredContent: fields }) }
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
