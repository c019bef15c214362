import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { RequestOptions } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'

export interface EngineProxy {
  /** Value for DOCKER_HOST. */
  readonly host: string
  /** Stops answering, as if the engine were stopped. */
  stop(): Promise<void>
}

/**
 * Proxies the engine on a socket of its own, which can disappear while the engine keeps running.
 * @param engine address of the engine's API
 */
export async function proxyEngine(socket: string, engine: RequestOptions): Promise<EngineProxy> {
  const { socketPath, host, port } = engine
  const place = socketPath == null ? { host: host ?? 'localhost', port: Number(port) } : { path: socketPath }
  const open = new Set<Socket>()
  const keep = (each: Socket) => {
    open.add(each)
    each.on('error', () => {})
    each.once('close', () => open.delete(each))
    return each
  }
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const there = keep(connect({ ...place, allowHalfOpen: true }))
    keep(client).pipe(there).pipe(client)
  })
  server.listen(socket)
  await once(server, 'listening')
  return {
    host: `unix://${socket}`,
    async stop() {
      server.close()
      for (const each of open) each.destroy()
      await once(server, 'close')
      rmSync(socket, { force: true })
    },
  }
}
