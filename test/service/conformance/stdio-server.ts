import { Server } from '@modelcontextprotocol/server'
import { serveMcp } from '../../../service/http/mcp.ts'
import { startServer } from '../http/running-server.ts'
import { SILENT } from '../tools/fake-domain.ts'
import { type Message, type SpokenTo, speakToProgram } from './spoken-to.ts'
import { serveOverHttp } from './stdio-http.ts'

const LEGACY = '2025-11-25'
const CURRENT = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

/**
 * Serves the program's stdio over HTTP, because the suite speaks nothing else. A process stays in the era of its first
 * request, and the suite mixes eras, so each era has its own process.
 */
export async function startStdioServer(revision: string) {
  const [legacy, modern] = await Promise.all([speakToProgram(), speakToProgram()])
  // The first request chooses the era.
  await modern.ask({ method: 'tools/list', params: { _meta: CURRENT } })
  const server = await (revision === LEGACY ? startLegacy(legacy) : serveOverHttp({ legacy, modern }))
  return {
    url: server.url,
    stop: async () => {
      await server.stop()
      await Promise.all([legacy.end(), modern.end()])
    },
  }
}

function startLegacy(program: SpokenTo) {
  const answerLegacy = async (_: Request, body: unknown) => {
    const message = body as Message
    if (message.id !== undefined) return Response.json({ ...(await program.ask(message)), id: message.id })
    program.tell(message)
    return new Response(null, { status: 202 })
  }
  const makeServer = () => new Server({ name: 'none', version: '1.0.0' }, { capabilities: {} })
  return startServer({ mcp: serveMcp({ makeServer, rightNeededBy: () => undefined, answerLegacy, log: SILENT }) })
}
