import type { Config } from '../../config.ts'
import { connectionCount, databaseTime, type EngineFacts } from '../../store/diagnosis.ts'
import type { MigrationStatus } from '../../store/migrate.ts'
import { addressOf } from '../../store/postgres-faults.ts'
import { SECOND, shownBytes } from '../../units.ts'
import { type Check, type Finding, failing, ok, warning } from './check.ts'
import type { DatabaseAccess, OpenAccess } from './database-access.ts'
import type { Installation } from './installation.ts'
import { healthOf } from './probe.ts'
import { DATABASE_VARIABLES } from './settings.ts'

/** pgvector 0.8, which search requires, needs at least this version. */
const OLDEST_POSTGRES = 130000
const OLDEST_PGVECTOR = [0, 8] as const
const TOLERATED_SKEW_MS = 5 * SECOND

export function databaseCheck({ setup, access }: Installation): Check {
  return {
    name: 'database',
    deadlineMs: 10 * SECOND,
    late: { state: 'failing', remedy: 'See the log of Postgres: it may be overloaded or out of disk' },
    variables: DATABASE_VARIABLES,
    look: async () => {
      const found = await access
      if (found.kind === 'failed') throw found.error
      return databaseFindings(found, setup.config)
    },
  }
}

async function databaseFindings(access: DatabaseAccess, config: Config): Promise<Finding[]> {
  switch (access.kind) {
    case 'open':
      return openFindings(access, config)
    case 'server':
      return [await servedFinding(access.server.url)]
    case 'held':
      return [heldFinding(access)]
    case 'absent':
      return [ok('database', `none in ${access.folder} yet: the modes serve and index create it`)]
  }
}

async function openFindings({ database, facts, schema }: OpenAccess, config: Config): Promise<Finding[]> {
  const { database: settings } = config
  if (settings.kind === 'embedded') {
    return [engineFinding(facts, `embedded in ${settings.folder}`), schemaFinding(schema, true)]
  }
  const skewMs = await clockSkew(() => databaseTime(database), Date.now)
  return [
    engineFinding(facts, addressOf(settings.connectionString)),
    schemaFinding(schema, config.migrateAtStart),
    poolFinding(await connectionCount(database), settings.poolSize),
    clockFinding(skewMs),
  ]
}

/** Checks the server's version and extension. */
export function engineFinding(facts: EngineFacts, where: string): Finding {
  const { version, versionNumber, pgvector, pgvectorOnServer, bytes } = facts
  const extension = pgvector ?? (pgvectorOnServer === undefined ? 'missing' : `${pgvectorOnServer}, not created yet`)
  const detail = `Postgres ${version} (${where}), pgvector ${extension}, ${shownBytes(bytes)}`
  if (versionNumber < OLDEST_POSTGRES) return failing('database', `${detail}: too old`, 'Use Postgres 13 or newer')
  const usable = pgvector ?? pgvectorOnServer
  if (usable !== undefined && !isOld(usable)) return ok('database', detail)
  const remedy = 'Install pgvector 0.8 or newer on the Postgres server'
  if (pgvector === undefined) return failing('database', detail, remedy)
  return failing('database', `${detail}: too old`, `${remedy} and run "alter extension vector update" in this database`)
}

function isOld(pgvector: string): boolean {
  const [major = 0, minor = 0] = pgvector.split('.').map(Number)
  return major < OLDEST_PGVECTOR[0] || (major === OLDEST_PGVECTOR[0] && minor < OLDEST_PGVECTOR[1])
}

/** `mended` says whether the next start applies pending migrations. */
export function schemaFinding({ current, latest, pending, tooNew }: MigrationStatus, mended: boolean): Finding {
  const detail = `migration ${current} of ${latest}`
  if (tooNew !== undefined) {
    return failing(
      'schema',
      `migration ${tooNew} in the database, and this version of the service knows up to ${latest}`,
      'Run the version of the service that made this schema, or a newer one',
    )
  }
  if (pending.length === 0) return ok('schema', detail)
  const lacking = `${detail}, pending: ${pending.join(', ')}`
  if (mended)
    return warning(
      'schema',
      lacking,
      'The next start of the server applies them; the mode migrate applies them at once',
    )
  return failing('schema', lacking, 'Run the mode migrate, or set MIGRATE_AT_START to true')
}

export function poolFinding({ used, limit }: { readonly used: number; readonly limit: number }, size: number): Finding {
  const detail = `${used} of ${limit} connections in use; this process may take ${size}`
  if (limit - used >= size) return ok('connections', detail)
  return warning('connections', detail, 'Raise max_connections of Postgres, or lower DATABASE_POOL_SIZE')
}

/** Returns how far the database's clock is ahead of this machine's, in ms, measured at the middle of the query. */
export async function clockSkew(ask: () => Promise<Date>, now: () => number): Promise<number> {
  const asked = now()
  const told = await ask()
  return told.getTime() - (asked + now()) / 2
}

export function clockFinding(skewMs: number): Finding {
  const seconds = Math.abs(skewMs) / SECOND
  const detail = `${seconds.toFixed(1)} s ${skewMs < 0 ? 'behind' : 'ahead of'} this machine's`
  if (Math.abs(skewMs) <= TOLERATED_SKEW_MS) return ok('clock', `the database's is ${detail}`)
  return warning(
    'clock',
    `the database's is ${detail}: the ages of indexes are wrong (leases of jobs are not: they use only the database's clock)`,
    'Synchronise both machines with the same NTP server',
  )
}

async function servedFinding(url: string): Promise<Finding> {
  const health = await healthOf(url)
  if (health === undefined) {
    return warning('database', `not checked: the server at ${url} has its own, and does not report it`, 'See server')
  }
  const { state, reason = state } = health.database
  if (state === 'ready') return ok('database', `ready, in the server at ${url}`)
  return failing('database', `the server at ${url} says: ${reason}`, "See that server's log, or run doctor there")
}

function heldFinding({ folder, pid }: Extract<DatabaseAccess, { kind: 'held' }>): Finding {
  const name = JSON.stringify(folder)
  return warning(
    'database',
    `not checked: process ${pid} has the data folder ${name} open, and no server answers for it`,
    `If it is a server that is starting, run doctor again. Otherwise stop it or, if it is another program, delete ${JSON.stringify(`${folder}/lock`)}`,
  )
}
