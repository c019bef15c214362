import { McpServer, type ServerNotifier, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server'
import { serveMcp } from '../../../service/http/mcp.ts'
import { startServer } from '../http/running-server.ts'
import { SILENT } from '../tools/fake-domain.ts'
import { addInputs, state } from './fixtures/inputs.ts'
import { addQuestions } from './fixtures/questions.ts'
import { addPrompts, addResources } from './fixtures/resources-and-prompts.ts'
import { addTellingTools, addTools } from './fixtures/tools.ts'

const SESSION = 'mcp-session-id'

/** Serves everything that the suite asks for, behind the service's HTTP stack. The 2025 revisions use sessions. */
export function startFixtureServer() {
  const makeServer = () => makeFixtures(() => endpoint.notify)
  const endpoint = serveMcp({
    makeServer,
    rightNeededBy: () => undefined,
    answerLegacy: answerInSessions(makeServer),
    log: SILENT,
  })
  return startServer({ mcp: endpoint })
}

function makeFixtures(notify: () => ServerNotifier): McpServer {
  const changing = { listChanged: true }
  const server = new McpServer(
    { name: 'fixtures', version: '1.0.0' },
    {
      capabilities: {
        tools: changing,
        resources: { ...changing, subscribe: true },
        prompts: changing,
        logging: {},
        completions: {},
      },
      requestState: { verify: (sealed, context) => state.verify(sealed, context) },
    },
  )
  addTools(server)
  addTellingTools(server, notify)
  addQuestions(server)
  addInputs(server)
  addResources(server)
  addPrompts(server)
  return server
}

/**
 * Keeps a server per session: a client answers a question in a separate request, which must reach the server that
 * asked.
 */
function answerInSessions(makeServer: () => McpServer) {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()
  const open = async () => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    })
    await makeServer().connect(transport)
    return transport
  }
  return async (request: Request, parsedBody: unknown): Promise<Response> => {
    const transport = sessions.get(request.headers.get(SESSION) ?? '') ?? (await open())
    return transport.handleRequest(request, { parsedBody })
  }
}
