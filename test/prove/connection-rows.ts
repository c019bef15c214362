import { crowd } from './connections.ts'
import { drains } from './drain.ts'
import { fuzz } from './fuzz.ts'
import { served } from './load.ts'
import { type Context, defineRow, type Form } from './row.ts'
import { slowClients } from './slow-clients.ts'

const SIZE = { files: 50, functions: 10 }
const SIGNALS: Record<Form, number> = { full: 100, short: 3 }
const CROWD: Record<Form, { connections: number; seconds: number }> = {
  full: { connections: 500, seconds: 60 },
  short: { connections: 500, seconds: 5 },
}
const SLOW: Record<Form, { heads: number; bodies: number }> = {
  full: { heads: 500, bodies: 100 },
  short: { heads: 50, bodies: 10 },
}
const FUZZED: Record<Form, number> = { full: 100_000, short: 3000 }

/** F7: servers are told to stop under load. */
export const signals = defineRow({
  row: 'F7',
  about: 'SIGTERM under load: requests one after the other, at once, half sent, and streams',
  goal: '100 times: 0 failed requests of those sent before or during the drain, 0 cut streams, exit 0',
  needsPostgres: true,
  run: async (context, form) => {
    const postgres = await context.postgres({ fsync: 'off' })
    const environment = { DATABASE_URL: await postgres.database('codebase') }
    const { failures, ...counts } = await drains({ signals: SIGNALS[form], environment })
    for (const failure of failures) process.stderr.write(`    ${failure}\n`)
    return counts
  },
  holds: ({ signals: told, requests, failed, cutStreams, wrongExits }, form) =>
    told === SIGNALS[form] && requests > 0 && failed + cutStreams + wrongExits === 0,
})

/** L2: more connections than a server takes. */
export const crowds = defineRow({
  row: 'L2',
  about: '500 connections ask again as soon as they have an answer',
  goal: 'what is too much gets 503 with Retry-After, health is green throughout, normal again within 5 s, 0 exits',
  needsPostgres: true,
  run: async (context, form) => {
    const { server } = await served(context, SIZE)
    const { failures, ...counts } = await crowd({ port: server.port, ...CROWD[form] })
    for (const failure of failures) process.stderr.write(`    ${failure}\n`)
    return { ...counts, exits: server.lives() ? 0 : 1 }
  },
  holds: ({ answered, failed, probes, probesFailed, normalAfterMs, exits }) =>
    answered > 0 && probes > 0 && failed + probesFailed + exits === 0 && normalAfterMs <= 5000,
})

/** S2: requests that nobody should send. */
export const fuzzed = defineRow({
  row: 'S2',
  about: 'Random requests over MCP in both eras, REST, webhooks and health, and a body of 1.9 million elements',
  goal: '100,000 requests: 0 crashes, hangs and 5xx; the large body is answered within 200 ms',
  needsPostgres: true,
  run: async (context, form) => {
    const { server, corpus } = await served(context, SIZE)
    const seed = form === 'short' ? 7 : Date.now() % 1_000_000
    const target = { repository: 'code', file: corpus.functions[0]?.path ?? '' }
    const report = await fuzz({ url: server.url, requests: FUZZED[form], seed, ...target })
    for (const failure of report.failures.slice(0, 10)) process.stderr.write(`    ${JSON.stringify(failure)}\n`)
    const largeBodyMs = await largeBody(server.url)
    return {
      seed,
      requests: report.requests,
      failures: report.failures.length,
      largeBodyMs,
      exits: server.lives() ? 0 : 1,
    }
  },
  holds: ({ requests, failures, largeBodyMs, exits }, form) =>
    requests === FUZZED[form] && failures + exits === 0 && (form === 'short' || largeBodyMs <= 200),
})

async function largeBody(url: string): Promise<number> {
  const body = `[${'0,'.repeat(1_900_000)}0]`
  const startedAt = performance.now()
  const reply = await fetch(`${url}/mcp`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  await reply.text()
  if (reply.status >= 500) throw new Error(`The large body was answered ${reply.status}`)
  return performance.now() - startedAt
}

/** S3: clients that send byte by byte. */
export const dripping = defineRow({
  row: 'S3',
  about: '500 clients send a head, and 100 a body, byte by byte, beside others that do not',
  goal: 'closed within 7 s and 12 s; others unaffected',
  needsPostgres: true,
  run: async (context: Context, form) => {
    const { server } = await served(context, SIZE)
    return { ...(await slowClients({ port: server.port, ...SLOW[form] })) }
  },
  holds: ({ leftOpen, slowestHeadClosedMs, slowestBodyClosedMs, others, othersFailed }) =>
    others > 0 && leftOpen + othersFailed === 0 && slowestHeadClosedMs <= 7500 && slowestBodyClosedMs <= 12_500,
})
