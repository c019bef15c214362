import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { RequestOptions } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'

export interface EngineProxy {
  /** What DOCKER_HOST is to be. */
  readonly host: string
  /** From now on nothing answers, as when the engine is stopped. */
  stop(): Promise<void>
}

/** The engine behind a socket of its own, which can go while the engine stays. @param engine where its API is */
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
