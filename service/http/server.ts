import { createServer, type RequestListener, type Server, ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import { KIB, SECOND } from '../units.ts'

const LIMITS = {
  headersTimeout: 6 * SECOND,
  requestTimeout: 10 * SECOND,
  // Longer than load balancers keep idle connections, so that a reused connection is not about to close.
  keepAliveTimeout: 75 * SECOND,
  connectionsCheckingInterval: 0.5 * SECOND,
  maxHeaderSize: 16 * KIB,
}

/** How long a connection may transfer nothing while it is answered: clients that do not read must not hold answers. */
const STALLED_MS = 30 * SECOND
/** Above this number, idle connections are closed. */
const MANY_CONNECTIONS = 1024
const MAX_CONNECTIONS = 4096

/** New connections may arrive as fast as they are accepted. */
const ACCEPTING_TURNS = 1000
const GRACE_MS = 300
const SWEEP_MS = 20

export interface HttpServer {
  readonly url: string
  readonly port: number
  /** Continues to answer, and asks each client to close its connection with the answer. */
  drain(): void
  /** Stops accepting connections, and lets requests in progress finish until the signal aborts. */
  close(signal: AbortSignal): Promise<void>
}

/** @throws Fault `port_in_use`, `configuration_invalid` */
export async function listen(
  listener: RequestListener,
  { host, port }: { host: string; port: number },
  log: Pick<Log, 'warn'>,
): Promise<HttpServer> {
  const connections = new Connections()
  const server = createServer({ ...LIMITS, ServerResponse: connections.Answer }, connections.inOrder(listener))
  server.timeout = STALLED_MS
  server.maxConnections = MAX_CONNECTIONS
  // Node would drop those beyond 2,000, which fit into the limit of their size, and a decisive one with them.
  server.maxHeadersCount = 0
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    if (connections.count > MANY_CONNECTIONS) server.closeIdleConnections()
  })
  await bind(server, host, port)
  // For example, the process has too many open files. Existing connections are not affected.
  server.on('error', (error) => log.warn({ error }, 'a connection could not be accepted'))
  const { port: bound } = server.address() as AddressInfo
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const url = `http://${name.includes(':') ? `[${name}]` : name}:${bound}`
  return {
    url,
    port: bound,
    drain: () => connections.drain(),
    close: (signal) => close(server, connections, signal),
  }
}

/** The open connections, with the latest answer of each, sent or not. */
class Connections {
  readonly #answers = new Map<Socket, ServerResponse | undefined>()
  #draining = false
  #accepted = 0

  /** Number of connections accepted so far. */
  get accepted(): number {
    return this.#accepted
  }

  get count(): number {
    return this.#answers.size
  }

  add(socket: Socket): void {
    this.#accepted += 1
    this.#answers.set(socket, undefined)
    socket.once('close', () => this.#answers.delete(socket))
  }

  drain(): void {
    this.#draining = true
  }

  /** A response class that adds `connection: close` to its head if the connection is draining. */
  get Answer(): typeof ServerResponse {
    const answers = this.#answers
    const closesAfter = (answer: ServerResponse) => this.#draining && answers.get(answer.req.socket) === answer
    return class Answer extends ServerResponse {
      constructor(...given: ConstructorParameters<typeof ServerResponse>) {
        super(...given)
        answers.set(given[0].socket, this)
        // A write after the client has gone is lost. Nothing else happens.
        this.on('error', () => {})
      }

      // biome-ignore lint/suspicious/noExplicitAny: it has the overloads of what it extends
      override writeHead(...given: any[]): this {
        // Later requests on the same connection are answered before it closes.
        if (closesAfter(this)) this.setHeader('connection', 'close')
        return super.writeHead(...(given as [number]))
      }
    } as typeof ServerResponse
  }

  /**
   * While draining, answers only after all requests that arrived together are known. Otherwise the first answer would
   * close the connection before the second.
   */
  inOrder(listener: RequestListener): RequestListener {
    return (request, response) => {
      if (this.#draining) setImmediate(() => listener(request, response))
      else listener(request, response)
    }
  }

  /** Whether no answer is in progress. */
  get areQuiet(): boolean {
    return [...this.#answers.values()].every((answer) => answer === undefined || answer.writableFinished)
  }

  closeUnused(): void {
    for (const socket of this.#answers.keys()) if (socket.bytesRead === 0) socket.destroy()
  }
}

function bind(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const refuse = (error: NodeJS.ErrnoException) => reject(asListenFault(error, host, port))
  server.once('error', refuse)
  // Clients that do not fit into the queue retry after 1 s, 3 s and 7 s instead of being refused. This includes probes.
  server.listen({ port, host, backlog: MAX_CONNECTIONS }, () => {
    server.off('error', refuse)
    resolve()
  })
  return promise
}

function asListenFault(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    const remedy = `Stop what uses it, or choose another one: --port ${port + 1}, or PORT=${port + 1}`
    return new Fault('port_in_use', `Port ${port} of ${host} is in use`, remedy, { cause: error })
  }
  const remedy = 'Correct HOST and PORT; ports below 1024 need extra privileges'
  const message = `The server cannot listen on ${host}, port ${port} (${error.code})`
  return new Fault('configuration_invalid', message, remedy, { cause: error })
}

async function close(server: Server, connections: Connections, signal: AbortSignal): Promise<void> {
  connections.drain()
  const cut = () => server.closeAllConnections()
  if (signal.aborted) cut()
  signal.addEventListener('abort', cut, { once: true })
  // Accept pending connections first: those that wait are reset when the server stops listening.
  for (let turn = 0, accepted = -1; turn < ACCEPTING_TURNS && accepted !== connections.accepted; turn++) {
    accepted = connections.accepted
    await nextTurn()
  }
  // `http.Server.close` closes idle connections at once, and with them requests that clients are sending at that
  // moment.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
  await Promise.race([closed, delay(GRACE_MS, undefined, { ref: false })])
  const sweep = setInterval(() => setImmediate(closeIdle, server, connections), SWEEP_MS)
  await closed
  clearInterval(sweep)
  signal.removeEventListener('abort', cut)
}

/** Closes idle connections after reading what has arrived. */
function closeIdle(server: Server, connections: Connections): void {
  // Node considers an answer that is written but not sent as idle, and would cut it.
  if (!connections.areQuiet) return
  server.closeIdleConnections()
  connections.closeUnused()
}
