import { setTimeout as delay } from 'node:timers/promises'
import { Connection, isAnswered, requestOf } from './connection.ts'

export interface CrowdedServer {
  readonly connections: number
  readonly requests: number
  readonly answered: number
  /** Answers with status 503 and a Retry-After header. */
  readonly refused: number
  /** All other outcomes. */
  readonly failed: number
  readonly failures: readonly string[]
  readonly probes: number
  readonly probesFailed: number
  readonly slowestProbeMs: number
  /** Time after the crowd until every request is answered. */
  readonly normalAfterMs: number
}

interface Options {
  readonly port: number
  readonly connections: number
  readonly seconds: number
}

const SEARCH = requestOf('POST', '/v1/search', { query: 'where is what is sent kept' })
const IN_A_ROW = 5
const NORMAL_WITHIN_MS = 30_000

/**
 * L2: more connections than a server answers at once. Each asks again as soon as it has its answer, or when the server
 * tells it to.
 */
export async function crowd({ port, connections, seconds }: Options): Promise<CrowdedServer> {
  const end = performance.now() + 1000 * seconds
  const tally = { requests: 0, answered: 0, refused: 0, failed: 0, failures: new Set<string>() }
  const probes = probe(port, end)
  await Promise.all(Array.from({ length: connections }, () => ask(port, end, tally)))
  const normalAfterMs = await untilNormal(port)
  const { failures, ...counts } = tally
  return { connections, ...counts, failures: [...failures].slice(0, 10), ...(await probes), normalAfterMs }
}

type Tally = { requests: number; answered: number; refused: number; failed: number; failures: Set<string> }

async function ask(port: number, end: number, tally: Tally): Promise<void> {
  while (performance.now() < end) {
    try {
      const connection = await Connection.open(port)
      while (performance.now() < end) {
        tally.requests += 1
        const answer = connection.answer()
        connection.send(SEARCH)
        const { status, head, body } = await answer
        if (status === 200) tally.answered += 1
        else if (status === 503 && retryAfter(head) !== undefined) {
          tally.refused += 1
          await delay(retryAfter(head))
        } else throw new Error(`${status}: ${body}`)
      }
      connection.close()
    } catch (error) {
      tally.failed += 1
      tally.failures.add(String(error))
    }
  }
}

/** Returns the Retry-After header in milliseconds. */
function retryAfter(head: string): number | undefined {
  const seconds = /^retry-after: (\d+)$/im.exec(head)?.[1]
  return seconds === undefined ? undefined : 1000 * Number(seconds)
}

async function probe(port: number, end: number) {
  let probes = 0
  let probesFailed = 0
  let slowestProbeMs = 0
  while (performance.now() < end) {
    for (const path of ['/livez', '/readyz']) {
      const askedAt = performance.now()
      probes += 1
      if (!(await isAnswered(port, requestOf('GET', path)))) probesFailed += 1
      slowestProbeMs = Math.max(slowestProbeMs, performance.now() - askedAt)
    }
    await delay(50)
  }
  return { probes, probesFailed, slowestProbeMs }
}

async function untilNormal(port: number): Promise<number> {
  const startedAt = performance.now()
  let normalSince = startedAt
  for (let inARow = 0; inARow < IN_A_ROW && normalSince - startedAt < NORMAL_WITHIN_MS; ) {
    inARow = (await isAnswered(port, SEARCH)) ? inARow + 1 : 0
    if (inARow === 0) normalSince = performance.now()
  }
  return normalSince - startedAt
}
