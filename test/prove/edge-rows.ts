import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { crowd } from './connections.ts'
import { write } from './corpus.ts'
import { drains } from './drain.ts'
import { type EarlyStops, stopEarly } from './early-stops.ts'
import { settled } from './index-state.ts'
import { once } from './postgres.ts'
import { type Context, defineRow } from './row.ts'
import { slowClients } from './slow-clients.ts'

const HEADS = { full: 500, short: 100 }
const BODIES = { full: 100, short: 20 }

/** L2: more connections than the server serves at once. */
export const crowded = defineRow({
  row: 'L2',
  about: '500 connections ask at once, and probes at the same time',
  goal: 'excess requests get 503 and Retry-After, health answers throughout, everything is normal again within 5 s',
  needsPostgres: true,
  run: async (context, form) => {
    const { port } = await small(context)
    const { failures, ...counts } = await crowd({ port, connections: 500, seconds: form === 'full' ? 60 : 5 })
    for (const failure of failures) process.stderr.write(`    ${failure}\n`)
    return counts
  },
  holds: ({ answered, failed, probes, probesFailed, normalAfterMs }, form) =>
    answered > 0 && probes > 0 && failed + probesFailed === 0 && (form === 'short' || normalAfterMs <= 5000),
})

/** S3: clients that never finish their requests. */
export const slow = defineRow({
  row: 'S3',
  about: '500 clients send their headers, and 100 their bodies, a byte at a time, while others ask',
  goal: 'closed within 7 s and 12 s, others are answered',
  needsPostgres: true,
  mostlyWaits: true,
  run: async (context, form) => {
    const { port } = await small(context)
    return { ...(await slowClients({ port, heads: HEADS[form], bodies: BODIES[form] })) }
  },
  holds: ({ leftOpen, slowestHeadClosedMs, slowestBodyClosedMs, others, othersFailed }, form) =>
    others > 0 &&
    leftOpen + othersFailed === 0 &&
    (form === 'short' || (slowestHeadClosedMs <= 7000 && slowestBodyClosedMs <= 12_000)),
})

/** F7: servers that are told to stop. */
export const stops = defineRow({
  row: 'F7',
  about: 'servers under load are told to stop (SIGTERM) 100 times',
  goal: '0 requests fail that were sent before or during the drain, 0 streams are cut, exit 0 each time',
  needsPostgres: true,
  run: async (context, form) => {
    const postgres = await context.postgres({ fsync: 'off' })
    const environment = { DATABASE_URL: await postgres.database('codebase') }
    const { failures, ...counts } = await drains({ signals: form === 'full' ? 100 : 4, environment })
    for (const failure of failures) process.stderr.write(`    ${failure}\n`)
    return counts
  },
  holds: ({ requests, failed, cutStreams, wrongExits }) => requests > 0 && failed + cutStreams + wrongExits === 0,
})

/** F12: servers that are told to stop while they start. */
export const earlyStops = defineRow({
  row: 'F12',
  about:
    'servers with an embedded database and with Postgres are told to stop 200 times at any moment of their start, by SIGTERM, SIGINT or SIGHUP, some twice in a row',
  goal: 'exit 0 within 10 s each time, no lock and no announcement left behind, the next server answers',
  needsPostgres: true,
  run: async (context, form) => {
    const stops = form === 'full' ? 100 : 4
    const own = context.folder()
    const data = join(own, 'data')
    const embedded = await stopEarly({
      stops,
      folder: own,
      environment: { DATA_FOLDER: data },
      data,
      renew: () => rmSync(data, { recursive: true, force: true }),
    })
    const postgres = await context.postgres({ fsync: 'off' })
    const url = await postgres.database('codebase')
    const shared = await stopEarly({
      stops,
      folder: context.folder(),
      environment: { DATABASE_URL: url, MIGRATE_AT_START: 'true' },
      renew: () => once(url, 'drop schema public cascade; create schema public'),
    })
    for (const failure of [...embedded.failures, ...shared.failures]) process.stderr.write(`    ${failure}\n`)
    const of = (count: (stops: EarlyStops) => number) => count(embedded) + count(shared)
    return {
      stops: of(({ stops }) => stops),
      wrongExits: of(({ wrongExits }) => wrongExits),
      leftBehind: of(({ leftBehind }) => leftBehind),
      unanswered: 2 - of(({ answersAfterwards }) => answersAfterwards),
      slowestExitMs: Math.max(embedded.slowestExitMs, shared.slowestExitMs),
    }
  },
  holds: ({ stops, wrongExits, leftBehind, unanswered, slowestExitMs }, form) =>
    stops > 0 && wrongExits + leftBehind + unanswered === 0 && (form === 'short' || slowestExitMs <= 10_000),
})

/** Starts a server with one indexed file, `code/kept.ts`. */
export async function small(context: Context, settings: Readonly<Record<string, string>> = {}) {
  const postgres = await context.postgres({ fsync: 'off' })
  const folder = join(context.folder(), 'code')
  write(folder, 'kept.ts', 'export function whereWhatIsSentIsKept() {\n  return 1\n}\n')
  const server = await context.server({
    folders: [folder],
    settings: { DATABASE_URL: await postgres.database('codebase'), ...settings },
  })
  await settled(server.url)
  return server
}
