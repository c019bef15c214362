import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { Message, SpokenTo } from './spoken-to.ts'

const METHOD_NOT_FOUND = -32601

/** A process for each era. */
interface Eras {
  readonly legacy: SpokenTo
  readonly modern: SpokenTo
}

/** Passes messages over HTTP to programs that speak over stdio. Checks nothing that belongs to HTTP. */
export async function serveOverHttp(eras: Eras) {
  const server = createServer((request, response) => {
    answer(eras, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const VERSION = 'io.modelcontextprotocol/protocolVersion'
const isModern = ({ method, params }: Message) =>
  method === 'server/discover' || VERSION in ((params?._meta as object | undefined) ?? {})

async function answer(eras: Eras, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') {
    response.writeHead(405).end()
    return
  }
  const message = (await json(request)) as Message
  const program = isModern(message) ? eras.modern : eras.legacy
  if (message.id === undefined) {
    program.tell(message)
    response.writeHead(202).end()
  } else if (message.method === 'subscriptions/listen') await stream(program, message, response)
  else {
    const reply = { ...(await program.ask(message)), id: message.id }
    response.writeHead(statusOf(reply.error), { 'content-type': 'application/json' }).end(JSON.stringify(reply))
  }
}

/** Sends the notifications that come while the client listens, and at last the result. */
async function stream(program: SpokenTo, message: Message, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (sent: Message) => response.write(`event: message\ndata: ${JSON.stringify(sent)}\n\n`)
  const stop = program.hear(send)
  response.on('close', stop)
  const { cancel, reply } = program.askUntil(message)
  response.on('close', cancel)
  send({ ...(await reply), id: message.id })
  response.end()
}

function statusOf(error: unknown): number {
  if (error === undefined) return 200
  return (error as { code?: number }).code === METHOD_NOT_FOUND ? 404 : 400
}
