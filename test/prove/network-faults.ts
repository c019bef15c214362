import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { everyCall, isIndexed, msUntil, search, worstHealthMs, writeCode } from './calls.ts'
import type { Postgres } from './postgres.ts'
import type { Context } from './row.ts'

const READY_MS = 60_000
const PACKET_MS = 300
const DEADLINE_MS = 5000

/**
 * Black hole: nothing gets through, and neither side notices. Slow: each packet is delayed. Reset: connections are
 * reset. Half open: the server's side is closed, and the client's side does not notice.
 */
export type NetworkFault = 'black hole' | 'slow' | 'reset' | 'half open'

export const NETWORK_FAULTS: readonly NetworkFault[] = ['black hole', 'slow', 'reset', 'half open']

/** Starts a proxy between the service and its database that fails on request. */
export async function startNetwork(to: { readonly host: string; readonly port: number }) {
  let fault: NetworkFault | undefined
  const open = new Set<{ readonly client: Socket; readonly server: Socket }>()
  const proxy = createServer((client) => {
    client.on('error', () => {})
    if (fault === 'reset') {
      client.resetAndDestroy()
      return
    }
    const server = connect(to)
    const link = { client, server }
    open.add(link)
    server.on('error', () => client.destroy())
    pass(client, server)
    pass(server, client)
    client.on('close', () => {
      open.delete(link)
      server.destroy()
    })
    server.on('close', () => {
      if (fault !== 'half open') client.destroy()
    })
    if (fault === 'half open') server.destroy()
  })
  const pass = (from: Socket, other: Socket) => {
    let before = Promise.resolve()
    from.on('data', (part) => {
      if (fault === 'black hole' || fault === 'half open') return
      const ms = fault === 'slow' ? PACKET_MS : 0
      before = before.then(async () => {
        if (ms > 0) await delay(ms)
        other.write(part)
      })
    })
  }
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as { port: number }
  return {
    port,
    fail(next: NetworkFault) {
      fault = next
      for (const { client, server } of open) {
        if (next === 'reset') client.resetAndDestroy()
        if (next === 'half open') server.destroy()
      }
    },
    mend() {
      fault = undefined
    },
    async close() {
      for (const { client } of open) client.destroy()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}

/** F3: every kind of call while the network to the database fails. */
export async function breakNetwork({
  postgres,
  startService,
  folder,
  fault,
  rounds,
}: {
  readonly postgres: Pick<Postgres, 'database'>
  readonly startService: Context['server']
  readonly folder: string
  readonly fault: NetworkFault
  readonly rounds: number
}) {
  const url = new URL(await postgres.database('network'))
  const network = await startNetwork({ host: url.hostname, port: Number(url.port) })
  try {
    url.port = String(network.port)
    const code = writeCode(join(folder, 'code'), 20)
    const service = await startService({ folders: [code], settings: { DATABASE_URL: url.href } })
    await msUntil(() => isIndexed(service.url, 'code'), READY_MS, 'the folder is indexed')
    await Promise.all([everyCall(service.url), everyCall(service.url)])
    network.fail(fault)
    const ms: number[] = []
    const asked = (async () => {
      for (let round = 0; round < rounds; round++) {
        for (const reply of (await Promise.all([everyCall(service.url), everyCall(service.url)])).flat())
          ms.push(reply.ms)
      }
    })()
    const worstHealth = await worstHealthMs(service.url, asked)
    await asked
    network.mend()
    const recoveryMs = await msUntil(async () => (await search(service.url)).status === 200, READY_MS, 'a search')
    return {
      calls: ms.length,
      late: ms.filter((each) => each > DEADLINE_MS).length,
      worstMs: Math.max(...ms),
      worstHealthMs: worstHealth,
      recoveryMs,
      exits: service.lives() ? 0 : 1,
    }
  } finally {
    await network.close()
  }
}
