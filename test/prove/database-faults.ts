import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { startProgram } from '../service/modes/run-program.ts'
import { call, isIndexed, msUntil, type Reply, repositoriesOf, search, worstHealthMs, writeCode } from './calls.ts'
import type { Postgres } from './postgres.ts'
import type { Context } from './row.ts'

const READY_MS = 60_000

type Crash = (postgres: Postgres, url: string) => Promise<void>

/** Ways in which a database crashes. Each returns once the database is back. */
const CRASHES: readonly Crash[] = [
  async (postgres) => {
    await postgres.stop('SIGKILL')
    await postgres.start()
  },
  async (_, url) => {
    await asSuperuser(url, (client) =>
      client.query(`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()
        and backend_type = 'client backend'`),
    )
  },
  // Killing one backend makes the server end all others and recover.
  async (_, url) => {
    const pids = await asSuperuser(url, async (client) => {
      const text = `select pid from pg_stat_activity where application_name like 'codebase-mcp%'`
      return (await client.query<{ pid: number }>(text)).rows.map(({ pid }) => pid)
    })
    for (const pid of pids.slice(0, 1)) kill(pid)
    await answering(url)
  },
  async (postgres) => {
    await postgres.stop('SIGQUIT')
    await postgres.start()
  },
]

/** F2: the database crashes while clients ask and folders are added. */
export async function crashDatabase({
  postgres,
  startService,
  folder,
  crashes,
}: {
  readonly postgres: Postgres
  readonly startService: Context['server']
  /** An empty folder. */
  readonly folder: string
  readonly crashes: number
}) {
  const url = await postgres.database('crashes')
  const code = writeCode(join(folder, 'code'), 40)
  const service = await startService({ folders: [code], settings: { DATABASE_URL: url, REPOSITORY_ROOTS: folder } })
  await msUntil(() => isIndexed(service.url, 'code'), READY_MS, 'the folder is indexed')
  let over = false
  const worst = { answerMs: 0, recoveryMs: 0 }
  const acknowledged: string[] = []
  const ask = async () => {
    while (!over) {
      const { ms } = await search(service.url)
      worst.answerMs = Math.max(worst.answerMs, ms)
      await delay(10)
    }
  }
  const add = async () => {
    for (let at = 0; !over; at++) {
      const name = `added-${at}`
      const { status } = await call(`${service.url}/v1/repositories`, { path: writeCode(join(folder, name), 1) })
      if (status === 202) acknowledged.push(name)
      await delay(100)
    }
  }
  const load = Promise.all([ask(), ask(), ask(), add()])
  for (let crash = 0; crash < crashes; crash++) {
    await delay(300 + 200 * Math.random())
    await CRASHES[crash % CRASHES.length]?.(postgres, url)
    const ms = await msUntil(async () => (await search(service.url)).status === 200, READY_MS, 'searches are answered')
    worst.recoveryMs = Math.max(worst.recoveryMs, ms)
  }
  over = true
  await load
  let kept = new Set<string>()
  const isListed = async () => {
    kept = new Set((await repositoriesOf(service.url)).map(({ name }) => name))
    return kept.has('code')
  }
  await msUntil(isListed, READY_MS, 'the repositories are listed')
  return {
    crashes,
    exits: service.lives() ? 0 : 1,
    worstRecoveryMs: worst.recoveryMs,
    worstAnswerMs: worst.answerMs,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((name) => !kept.has(name)).length,
  }
}

/** F4: all connections for questions wait for a lock while other clients ask. */
export async function exhaustPool({
  postgres,
  startService,
  folder,
  calls,
}: {
  readonly postgres: Pick<Postgres, 'database'>
  readonly startService: Context['server']
  readonly folder: string
  readonly calls: number
}) {
  const connections = 5
  const url = await postgres.database('full_pool')
  const code = writeCode(join(folder, 'code'), 20)
  const settings = { DATABASE_URL: url, DATABASE_POOL_SIZE: String(connections) }
  const service = await startService({ folders: [code], settings })
  await msUntil(() => isIndexed(service.url, 'code'), READY_MS, 'the folder is indexed')
  const replies: Reply[] = []
  const health = await asSuperuser(url, async (client) => {
    await client.query('begin; lock table repository in access exclusive mode')
    const work = async () => {
      while (replies.length < calls) {
        const holding = Array.from({ length: connections }, () => search(service.url))
        await delay(300)
        for (let round = 0; round < 3; round++) {
          replies.push(...(await Promise.all(Array.from({ length: 4 }, () => search(service.url)))))
        }
        await Promise.all(holding)
      }
    }
    const asked = work()
    const ms = await worstHealthMs(service.url, asked)
    await asked
    await client.query('rollback')
    return ms
  })
  const recoveryMs = await msUntil(async () => (await search(service.url)).status === 200, READY_MS, 'a search')
  return {
    calls: replies.length,
    retryable: replies.filter(({ status }) => status === 503).length,
    worstMs: Math.max(...replies.map(({ ms }) => ms)),
    worstHealthMs: health,
    recoveryMs,
  }
}

/**
 * F8: several processes migrate at once, and some are killed halfway. Compares the schema with that of an undisturbed
 * migration.
 */
export async function disturbMigrations({
  postgres,
  kills,
}: {
  readonly postgres: Pick<Postgres, 'database'>
  readonly kills: number
}) {
  const wanted = await migratedSchema(await postgres.database('migrated_alone'))
  const together = await postgres.database('migrated_together')
  const codes = await Promise.all(Array.from({ length: 5 }, () => migrate(together)))
  let different = Number((await schemaOf(together)) !== wanted)
  let killed = 0
  for (let at = 0; at < kills; at++) {
    const url = await postgres.database(`migrated_after_kill_${at}`)
    const program = startProgram(['migrate'], { DATABASE_URL: url })
    await inMigration(url, 20 * Math.random())
    killed += Number(program.child.kill('SIGKILL'))
    await program.ended
    if ((await migratedSchema(url)) !== wanted) different++
  }
  return { atOnce: codes.length, failed: codes.filter((code) => code !== 0).length, killed, different }
}

async function migratedSchema(url: string): Promise<string> {
  const code = await migrate(url)
  if (code !== 0) throw new Error(`migrate ended with ${code}`)
  return schemaOf(url)
}

async function migrate(url: string): Promise<number | null> {
  return (await startProgram(['migrate'], { DATABASE_URL: url }).ended).code
}

/** Returns some milliseconds after a migration has begun in the database. */
async function inMigration(url: string, ms: number): Promise<void> {
  await asSuperuser(url, (client) =>
    msUntil(
      async () => {
        const text = `select from pg_stat_activity where application_name = 'codebase-mcp schema' and datname = current_database()`
        return (await client.query(text)).rowCount !== 0
      },
      READY_MS,
      'a migration begins',
    ),
  )
  await delay(ms)
}

/** Returns all columns and indexes, and the ledger of migrations. */
async function schemaOf(url: string): Promise<string> {
  return asSuperuser(url, async (client) => {
    const { rows } = await client.query(`
      select 'column ' || table_name || '.' || column_name || ' ' || data_type as part from information_schema.columns where table_schema = 'public'
      union all select 'index ' || indexdef from pg_indexes where schemaname = 'public'
      union all select 'migration ' || version || ' ' || name from migration
      order by part`)
    return JSON.stringify(rows)
  })
}

async function asSuperuser<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function answering(url: string): Promise<void> {
  const answers = () =>
    asSuperuser(url, (client) => client.query('select 1')).then(
      () => true,
      () => false,
    )
  await msUntil(answers, READY_MS, 'Postgres answers')
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
