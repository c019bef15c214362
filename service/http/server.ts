import { createServer, type RequestListener, type Server, ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import { KIB, SECOND } from '../units.ts'

const LIMITS = {
  headersTimeout: 6 * SECOND,
  requestTimeout: 10 * SECOND,
  // Longer than load balancers keep a connection that nobody uses: one that they reuse must not be just closing.
  keepAliveTimeout: 75 * SECOND,
  connectionsCheckingInterval: 0.5 * SECOND,
  maxHeaderSize: 16 * KIB,
}

/** How long a connection may move nothing while it is answered: a client that does not read must not hold its answer. */
const STALLED_MS = 30 * SECOND
/** Connections beyond these cost those their place that nobody uses. */
const MANY_CONNECTIONS = 1024
const MAX_CONNECTIONS = 4096

/** New ones may come as fast as they are accepted. */
const ACCEPTING_TURNS = 1000
const GRACE_MS = 300
const SWEEP_MS = 20

export interface HttpServer {
  readonly url: string
  readonly port: number
  /** Answers on, and has each client close its connection with the answer. */
  drain(): void
  /** Accepts nothing more and lets what is under way end, until the signal aborts. */
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
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    if (connections.count > MANY_CONNECTIONS) server.closeIdleConnections()
  })
  await bind(server, host, port)
  // For instance when the process may open no more files: those that it has are served on.
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

/** Which connections there are, and the newest answer of each, sent or not. */
class Connections {
  readonly #answers = new Map<Socket, ServerResponse | undefined>()
  #draining = false
  #accepted = 0

  /** How many there have been. */
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

  /** An answer that tells its client, when its head is written, to close a connection that is draining. */
  get Answer(): typeof ServerResponse {
    const answers = this.#answers
    const closesAfter = (answer: ServerResponse) => this.#draining && answers.get(answer.req.socket) === answer
    return class Answer extends ServerResponse {
      constructor(...given: ConstructorParameters<typeof ServerResponse>) {
        super(...given)
        answers.set(given[0].socket, this)
        // What is written after the client has gone is lost, and that is all.
        this.on('error', () => {})
      }

      // biome-ignore lint/suspicious/noExplicitAny: it has the overloads of what it extends
      override writeHead(...given: any[]): this {
        // What follows on the same connection is answered before that closes.
        if (closesAfter(this)) this.setHeader('connection', 'close')
        return super.writeHead(...(given as [number]))
      }
    } as typeof ServerResponse
  }

  /** Answers, while draining, after all requests are known that came at once: else the first would close before the second. */
  inOrder(listener: RequestListener): RequestListener {
    return (request, response) => {
      if (this.#draining) setImmediate(() => listener(request, response))
      else listener(request, response)
    }
  }

  /** Whether no answer is on its way. */
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
  // Who does not fit into the queue is not refused but left to try again, after 1 s, 3 s, 7 s: probes too.
  server.listen({ port, host, backlog: MAX_CONNECTIONS }, () => {
    server.off('error', refuse)
    resolve()
  })
  return promise
}

function asListenFault(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    const remedy = `Stop what uses it, or choose another one: PORT=${port + 1}`
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
  // Whoever has connected is accepted first: what waits for that is reset when the server stops listening.
  for (let turn = 0, accepted = -1; turn < ACCEPTING_TURNS && accepted !== connections.accepted; turn++) {
    accepted = connections.accepted
    await nextTurn()
  }
  // HTTP's own close cuts idle connections at once, and with them the request that a client is just sending on one.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
  await Promise.race([closed, delay(GRACE_MS, undefined, { ref: false })])
  const sweep = setInterval(() => setImmediate(closeIdle, server, connections), SWEEP_MS)
  await closed
  clearInterval(sweep)
  signal.removeEventListener('abort', cut)
}

/** Closes what is idle, after all that has arrived was read. */
function closeIdle(server: Server, connections: Connections): void {
  // An answer that is written and not yet sent counts as idle for Node, which would cut it.
  if (!connections.areQuiet) return
  server.closeIdleConnections()
  connections.closeUnused()
}
