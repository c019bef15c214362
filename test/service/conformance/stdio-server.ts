import { createInterface } from 'node:readline'
import { Server } from '@modelcontextprotocol/server'
import { serveMcp } from '../../../service/http/mcp.ts'
import { startServer } from '../http/running-server.ts'
import { startProgram } from '../modes/run-program.ts'
import { SILENT } from '../tools/fake-domain.ts'

interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
}

interface Reply extends Message {
  readonly result?: unknown
  readonly error?: unknown
}

/** Serves the program's stdio over HTTP, because the suite only speaks HTTP. Passes messages through unchanged. */
export async function startStdioServer() {
  const program = speakToProgram()
  const answerLegacy = async (_: Request, body: unknown) => {
    const message = body as Message
    if (message.id !== undefined) return Response.json({ ...(await program.ask(message)), id: message.id })
    program.tell(message)
    return new Response(null, { status: 202 })
  }
  const makeServer = () => new Server({ name: 'none', version: '1.0.0' }, { capabilities: {} })
  const mcp = serveMcp({ makeServer, rightNeededBy: () => undefined, answerLegacy, log: SILENT })
  const server = await startServer({ mcp })
  return {
    ...server,
    stop: async () => {
      await server.stop()
      await program.end()
    },
  }
}

/** The suite never reads an index, so no database is needed. */
const NO_DATABASE = 'postgres://nobody@127.0.0.1:9/none'

function speakToProgram() {
  const program = startProgram(['mcp'], { DATABASE_URL: NO_DATABASE })
  const waiting = new Map<unknown, (reply: Reply) => void>()
  let asked = 0
  createInterface({ input: program.child.stdout }).on('line', (line) => {
    const reply = JSON.parse(line) as Reply
    waiting.get(reply.id)?.(reply)
    waiting.delete(reply.id)
  })
  const tell = (message: Message) => program.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  return {
    tell,
    ask(message: Message): Promise<Reply> {
      const id = ++asked
      const { promise, resolve } = Promise.withResolvers<Reply>()
      waiting.set(id, resolve)
      tell({ ...message, id })
      return promise
    },
    end: async () => {
      program.child.stdin.end()
      await program.ended
    },
  }
}
