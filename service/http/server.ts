import { createServer, type Server } from 'node:http'
import { type AddressInfo, Server as NetServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Fault } from '../errors.ts'
import { KIB, SECOND } from '../units.ts'
import type { App } from './app.ts'

const LIMITS = {
  headersTimeout: 6 * SECOND,
  requestTimeout: 10 * SECOND,
  // Longer than load balancers keep a connection that nobody uses: one that they reuse must not be just closing.
  keepAliveTimeout: 75 * SECOND,
  connectionsCheckingInterval: SECOND,
  maxHeaderSize: 16 * KIB,
}

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

/** @throws Fault `port_in_use` */
export async function listen(app: App, { host, port }: { host: string; port: number }): Promise<HttpServer> {
  const server = createServer(LIMITS, app.listener)
  await bind(server, host, port)
  const { port: bound } = server.address() as AddressInfo
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const url = `http://${name.includes(':') ? `[${name}]` : name}:${bound}`
  return { url, port: bound, drain: () => app.drain(), close: (signal) => close(server, app, signal) }
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(asListenFault(error, host, port)))
    server.listen(port, host, resolve)
  })
}

function asListenFault(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    const remedy = `Stop what uses it, or choose another one: PORT=${port + 1}`
    return new Fault('port_in_use', `Port ${port} of ${host} is in use`, remedy, { cause: error })
  }
  const remedy = 'Correct HOST and PORT; ports below 1024 need more rights'
  const message = `The server cannot listen on ${host}, port ${port} (${error.code})`
  return new Fault('configuration_invalid', message, remedy, { cause: error })
}

async function close(server: Server, app: App, signal: AbortSignal): Promise<void> {
  app.drain()
  // HTTP's own close cuts idle connections at once, and with them the request that a client is just sending on one.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
  const cut = () => server.closeAllConnections()
  if (signal.aborted) cut()
  signal.addEventListener('abort', cut, { once: true })
  await Promise.race([closed, delay(GRACE_MS, undefined, { ref: false })])
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  await closed
  clearInterval(sweep)
  signal.removeEventListener('abort', cut)
}
