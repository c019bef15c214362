import type { ServerResponse } from 'node:http'
import { toWebRequest } from '@modelcontextprotocol/node'
import {
  type AuthInfo,
  createMcpHandler,
  isLegacyRequest,
  type McpServer,
  PROTOCOL_VERSION_META_KEY,
  ProtocolErrorCode,
  type Server,
  type ServerNotifier,
  specTypeSchemas,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { Grant, NOTHING, type Right } from '../access/grant.ts'
import { FAULTS, Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import { hidesText, TEXT_ALONE } from '../tools/clients.ts'
import { lenient } from '../tools/lenient-message.ts'
import { makeMcpServer, rightNeededBy } from '../tools/mcp-server.ts'
import type { ToolServices } from '../tools/tool.ts'
import { parseMessages, withIdsAsSent } from '../tools/unusual-ids.ts'
import { readJson } from './body.ts'
import { sendJson } from './reply.ts'
import type { Exchange, Route } from './router.ts'

const MAX_BATCH = 20
const MAX_SUBSCRIPTIONS = 64
const SESSION = 'mcp-session-id'
const OPENS_STREAM = 'subscriptions/listen'
/** The SDK answers only clients that accept both types. Every client gets an answer, whatever its headers say. */
const ACCEPTED = 'application/json, text/event-stream'
const SENT = 'application/json'

export interface McpEndpoint {
  readonly route: Route
  /** Notifies listening clients of a change. */
  readonly notify: ServerNotifier
  /** Ends the clients' open streams, and refuses new ones. */
  endStreams(): Promise<void>
  /** Ends the calls in progress. */
  close(): Promise<void>
}

/** Serves Streamable HTTP without sessions, in the current revision and in those of 2025. */
export function makeMcpEndpoint(services: ToolServices): McpEndpoint {
  return serveMcp({
    makeServer: (grant) => makeMcpServer({ ...services, grant }),
    rightNeededBy,
    answerLegacy: (request, body, grant) => {
      const textAlone = request.headers.get(SESSION)?.startsWith(TEXT_ALONE) ?? false
      return answerWithoutSession(makeMcpServer({ ...services, grant }, { textAlone }), request, body)
    },
    log: services.log,
  })
}

/** The handlers behind the transport. */
interface Answering {
  /** Creates a server for one request of the current revision. */
  readonly makeServer: (grant: Grant) => Server | McpServer
  readonly rightNeededBy: (message: unknown) => Right | undefined
  /** Answers a request of a 2025 revision. */
  readonly answerLegacy: (request: Request, body: unknown, grant: Grant) => Promise<Response>
  readonly log: Log
}

/** Serves messages over POST, each in the revision in which it was sent. */
export function serveMcp({ makeServer, rightNeededBy, answerLegacy, log }: Answering): McpEndpoint {
  const make = () =>
    createMcpHandler(({ authInfo }) => makeServer(grantIn(authInfo)), {
      legacy: 'reject',
      maxSubscriptions: MAX_SUBSCRIPTIONS,
      onerror: (error) => log.debug({ error }, 'an MCP request was rejected'),
    })
  // Streams end when the server starts to close. Calls are answered until it has closed.
  const calls = make()
  const streams = make()
  let streamsEnded = false
  const answer = async (request: Request, body: unknown, grant: Grant): Promise<Response> => {
    if (await isLegacyRequest(request, body)) return malformedInitialize(body) ?? answerLegacy(request, body, grant)
    const opensStream = (body as { method?: unknown }).method === OPENS_STREAM
    if (opensStream && streamsEnded)
      throw new Fault('draining', 'The server is shutting down', 'Listen to another replica')
    return (opensStream ? streams : calls).fetch(request, { parsedBody: body, authInfo: carrying(grant) })
  }
  const handle = async ({ request, response, grant, signal }: Exchange) => {
    const body = await readMessages(request, response)
    if (body === undefined) return
    for (const message of Array.isArray(body) ? body : [body]) {
      // Refuse a call without the right at the HTTP level: clients learn from the response which token they need.
      const right = rightNeededBy(message)
      if (right !== undefined) grant.to(right)
    }
    const asked = await toWebRequest(request, body, { signal })
    const isStream = takesStreamAlone(asked.headers.get('accept'))
    asked.headers.set('accept', ACCEPTED)
    asked.headers.set('content-type', SENT)
    // A client states its revision in the introduction. Some also send a header, before anything is agreed.
    if (earlierInitialize.safeParse(body).success) asked.headers.delete('mcp-protocol-version')
    const answered = await answer(asked, body, grant)
    await forward(isStream ? await asStream(answered) : answered, response)
  }
  const endStreams = async () => {
    streamsEnded = true
    await streams.close()
  }
  return {
    route: { method: 'POST', path: '/mcp', handle },
    notify: streams.notify,
    endStreams,
    close: () => calls.close(),
  }
}

/** Passes a grant through the SDK as its auth info. The token itself does not get past the guard. */
function carrying(grant: Grant): AuthInfo {
  return { token: '', clientId: '', scopes: [], extra: { grant } }
}

function grantIn(info: AuthInfo | undefined): Grant {
  const grant = info?.extra?.grant
  return grant instanceof Grant ? grant : NOTHING
}

/** Returns undefined if the body is not a message. The request has then been answered. */
async function readMessages(request: Exchange['request'], response: ServerResponse): Promise<unknown> {
  try {
    const body = await readJson(request, parseMessages)
    if (body === undefined) throw new Fault('request_invalid', 'The body is empty', 'Send a JSON-RPC message')
    if (typeof body !== 'object' || body === null) {
      throw new Fault(
        'request_invalid',
        `${JSON.stringify(body).slice(0, 80)} is not a message`,
        'Send a JSON-RPC message',
      )
    }
    if (!Array.isArray(body) || body.length <= MAX_BATCH) return lenient(body)
    throw new Fault('request_invalid', `A batch of ${body.length} messages is too long`, `At most ${MAX_BATCH}`)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'request_invalid') throw error
    sendJson(response, 400, rpcError(null, ProtocolErrorCode.ParseError, error.message))
    return undefined
  }
}

function rpcError(id: unknown, code: ProtocolErrorCode, message: string) {
  return { jsonrpc: '2.0', id, error: { code, message } }
}

const initialize = z.object({ method: z.literal('initialize'), id: z.unknown() })

/** `initialize` of the revisions that have it. A message of a later one states its revision in `_meta`. */
const earlierInitialize = initialize.extend({
  params: z.object({ _meta: z.object({ [PROTOCOL_VERSION_META_KEY]: z.never().optional() }).optional() }).optional(),
})

/** Answers a malformed `initialize`, for which the SDK would report an internal error. */
function malformedInitialize(body: unknown): Response | undefined {
  const messages: unknown[] = Array.isArray(body) ? body : [body]
  const malformed = messages.find((message) => {
    if (!initialize.safeParse(message).success) return false
    const checked = specTypeSchemas.InitializeRequest['~standard'].validate(message)
    return checked instanceof Promise || checked.issues !== undefined
  })
  if (malformed === undefined) return undefined
  const message = 'initialize needs a protocolVersion, such as "2025-06-18"'
  return Response.json(rpcError(idOf(malformed), ProtocolErrorCode.InvalidParams, message), { status: 400 })
}

function idOf(message: unknown): unknown {
  const id = initialize.safeParse(message).data?.id
  return typeof id === 'string' || typeof id === 'number' ? id : null
}

async function answerWithoutSession(server: Server, request: Request, parsedBody: unknown): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  await server.connect(transport)
  // A JSON answer to a client that has gone would never settle.
  const gone = new Promise<Response>((resolve) => {
    request.signal.addEventListener('abort', () => resolve(new Response(null, { status: FAULTS.cancelled.status })), {
      once: true,
    })
  })
  try {
    const answer = await Promise.race([transport.handleRequest(request, { parsedBody }), gone])
    // The only state of a client: just its first message says what it is, and any replica may get the others.
    if (answer.ok && hidesText(clientIn(parsedBody))) answer.headers.set(SESSION, TEXT_ALONE + crypto.randomUUID())
    return answer
  } finally {
    await server.close()
  }
}

const introduction = z.object({
  method: z.literal('initialize'),
  params: z.object({ clientInfo: z.object({ name: z.string() }) }),
})

const clientIn = (body: unknown) => introduction.safeParse(body).data?.params.clientInfo.name

/** Whether the client's Accept header excludes plain JSON. */
function takesStreamAlone(accept: string | null): boolean {
  const types = (accept ?? '').toLowerCase()
  return types.includes('text/event-stream') && !/application\/(?:json|\*)|\*\/\*/.test(types)
}

/** Converts an answer to a stream with one event. */
async function asStream(answer: Response): Promise<Response> {
  if (!answer.ok || !answer.headers.get('content-type')?.startsWith('application/json')) return answer
  const headers = new Headers(answer.headers)
  headers.set('content-type', 'text/event-stream')
  headers.delete('content-length')
  const { status } = answer
  return new Response(`event: message\ndata: ${await answer.text()}\n\n`, { status, headers })
}

async function forward(answer: Response, response: ServerResponse): Promise<void> {
  if (response.destroyed) return
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  if (answer.body !== null) {
    // An event is one chunk, and so is any other answer.
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      if (response.destroyed) return
      response.write(withIdsAsSent(chunk))
    }
  }
  response.end()
}
