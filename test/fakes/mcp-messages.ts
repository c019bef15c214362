import { requestOf } from '../prove/connection.ts'

/** The current revision of MCP, in which every message says by itself who sends it and in which revision. */
export const REVISION = '2026-07-28'

/** What a message of this revision has under `_meta`. */
export const META = {
  'io.modelcontextprotocol/protocolVersion': REVISION,
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

/** Headers that repeat what a message says: its method and, for a call, the tool. */
export const headersOfMessage = (method: string, name?: string): Record<string, string> => ({
  'mcp-protocol-version': REVISION,
  'mcp-method': method,
  ...(name === undefined ? {} : { 'mcp-name': name }),
})

const LISTENING = 'subscriptions/listen'

/** A request, as it is on the wire, for a stream of changes, which stays open. */
export const LISTEN = requestOf(
  'POST',
  '/mcp',
  {
    jsonrpc: '2.0',
    id: 1,
    method: LISTENING,
    params: { notifications: { toolsListChanged: true }, _meta: META },
  },
  headersOfMessage(LISTENING),
)
