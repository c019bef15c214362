import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from './agent.ts'
import { Connection, isAnswered, requestOf } from './connection.ts'

export interface SlowClients {
  readonly slowHeads: number
  readonly slowBodies: number
  /** Number of these clients that were still open at the last request of the others. */
  readonly leftOpen: number
  readonly slowestHeadClosedMs: number
  readonly slowestBodyClosedMs: number
  /** Number of requests of other clients at the same time. */
  readonly others: number
  readonly othersFailed: number
  readonly othersP99Ms: number
}

interface Options {
  readonly port: number
  readonly heads: number
  readonly bodies: number
}

const DRIP_MS = 500
const PATIENCE_MS = 20_000

/** S3: clients that send the head or the body of a request byte by byte, beside normal clients. */
export async function slowClients({ port, heads, bodies }: Options): Promise<SlowClients> {
  const slow = { head: requestOf('GET', '/livez'), body: requestOf('POST', '/v1/search', { query: 'x'.repeat(200) }) }
  const bodyAt = slow.body.indexOf('\r\n\r\n') + 4
  const startedAt = performance.now()
  const closed = [
    ...Array.from({ length: heads }, () => drip(port, slow.head, 1)),
    ...Array.from({ length: bodies }, () => drip(port, slow.body, bodyAt)),
  ]
  const all = Promise.all(closed)
  let areDone = false
  void all.then(() => (areDone = true))
  const times: number[] = []
  let othersFailed = 0
  while (!areDone && performance.now() - startedAt < PATIENCE_MS) {
    const askedAt = performance.now()
    if (!(await isAnswered(port, requestOf('GET', '/v1/repositories')))) othersFailed += 1
    times.push(performance.now() - askedAt)
    await delay(20)
  }
  const took = await all
  return {
    slowHeads: heads,
    slowBodies: bodies,
    leftOpen: took.filter((ms) => ms >= PATIENCE_MS).length,
    slowestHeadClosedMs: Math.max(0, ...took.slice(0, heads)),
    slowestBodyClosedMs: Math.max(0, ...took.slice(heads)),
    others: times.length,
    othersFailed,
    othersP99Ms: quantile(times, 0.99),
  }
}

/**
 * Sends the first `from` bytes at once and the rest one at a time. Returns the time until the server closed the
 * connection.
 */
async function drip(port: number, bytes: string, from: number): Promise<number> {
  const connection = await Connection.open(port)
  const startedAt = performance.now()
  let isOpen = true
  const closed = connection.closed.then(() => (isOpen = false))
  connection.send(bytes.slice(0, from))
  for (let at = from; isOpen && performance.now() - startedAt < PATIENCE_MS; at++) {
    connection.send(bytes[at] ?? '')
    await Promise.race([closed, delay(DRIP_MS)])
  }
  connection.close()
  return performance.now() - startedAt
}
