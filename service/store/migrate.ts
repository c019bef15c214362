import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import { SECOND } from '../units.ts'
import type { Database, Sql } from './database.ts'
import { PGVECTOR_REMEDY } from './state-faults.ts'

// The same location relative to this file and to the bundle that contains it.
const FOLDER = new URL('./migrations/', import.meta.url)
const LOCK = 'select pg_advisory_xact_lock(1668244837)'
const UNDEFINED_TABLE = '42P01'

export interface Migration {
  readonly version: number
  readonly name: string
  /** Whether code that does not know this migration cannot work with the resulting schema. */
  readonly breaking: boolean
  readonly sql: string
}

export interface MigrationStatus {
  /** Number of the latest applied migration. 0 for an empty database. */
  readonly current: number
  /** Number of the latest migration that the code knows. */
  readonly latest: number
  /** Names of the pending migrations, oldest first. */
  readonly pending: readonly string[]
  /** Number of the latest applied migration that the code does not know and cannot work with. */
  readonly tooNew?: number
}

interface LedgerRow {
  readonly version: number
  readonly breaking: boolean
}

/** Returns the migrations that the code knows, oldest first. */
export async function readMigrations(folder: URL = FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(names.map((name, index) => readMigration(folder, name, index + 1)))
}

async function readMigration(folder: URL, fileName: string, version: number): Promise<Migration> {
  const [, number, name] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(fileName) ?? []
  if (name === undefined || Number(number) !== version) {
    throw new Error(`Migration ${fileName} is not named ${String(version).padStart(4, '0')}-name.sql`)
  }
  const sql = await readFile(new URL(fileName, folder), 'utf8')
  return { version, name, breaking: sql.startsWith('--! breaking'), sql }
}

/** Compares the database's migrations with those that the code knows. */
export async function migrationStatus(sql: Sql, known?: readonly Migration[]): Promise<MigrationStatus> {
  const migrations = known ?? (await readMigrations())
  return compare(migrations, await readLedger(sql))
}

/**
 * Applies pending migrations, each in its own transaction. Concurrent calls wait for each other.
 * @throws Fault `database_not_usable`, `schema_too_new`, `migration_failed`
 */
export async function migrate(database: Database, log: Log, known?: readonly Migration[]): Promise<MigrationStatus> {
  const migrations = known ?? (await readMigrations())
  const { pending, ...status } = await migrationStatus(database, migrations)
  refuseNewer(status)
  for (const migration of migrations.filter((each) => pending.includes(nameOf(each)))) {
    if (await apply(database, migration)) log.info({ migration: migration.name }, 'Applied a migration')
  }
  return migrationStatus(database, migrations)
}

/** @throws Fault `schema_outdated` or `schema_too_new` if the code cannot work with the database's schema */
export async function checkSchema(sql: Sql, known?: readonly Migration[]): Promise<void> {
  const status = await migrationStatus(sql, known)
  refuseNewer(status)
  if (status.pending.length === 0) return
  throw new Fault(
    'schema_outdated',
    `The database lacks ${status.pending.length} migration(s): ${status.pending.join(', ')}`,
    'Run the mode "migrate", or set MIGRATE_AT_START to true',
  )
}

/**
 * Waits until the database answers.
 * @throws Fault `database_unavailable` after 30 attempts in about a minute, any other fault at once
 */
export async function waitForDatabase(
  sql: Pick<Sql, 'query'>,
  log: Log,
  sleep: (ms: number) => Promise<unknown> = delay,
  tries = 30,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await sql.query('select 1')
      return
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'database_unavailable') throw error
      if (attempt === tries) {
        throw new Fault(error.code, `${error.message}, tried ${tries} times`, error.remedy, { cause: error })
      }
      const waitMs = Math.min(100 * 2 ** (attempt - 1), 2.5 * SECOND)
      log.warn({ attempt, tries, waitMs, reason: error.message }, 'Waiting for the database')
      await sleep(waitMs)
    }
  }
}

function compare(migrations: readonly Migration[], ledger: readonly LedgerRow[]): MigrationStatus {
  const applied = new Set(ledger.map(({ version }) => version))
  const latest = migrations.at(-1)?.version ?? 0
  const tooNew = Math.max(0, ...ledger.filter((row) => row.version > latest && row.breaking).map((row) => row.version))
  return {
    current: Math.max(0, ...applied),
    latest,
    pending: migrations.filter(({ version }) => !applied.has(version)).map(nameOf),
    ...(tooNew === 0 ? {} : { tooNew }),
  }
}

async function readLedger(sql: Sql): Promise<LedgerRow[]> {
  try {
    return await sql.query<LedgerRow>('select version, breaking from migration order by version')
  } catch (error) {
    if (stateOf(causeOf(error)) === UNDEFINED_TABLE) return []
    throw error
  }
}

function refuseNewer({ tooNew, latest }: Omit<MigrationStatus, 'pending'>): void {
  if (tooNew === undefined) return
  throw new Fault(
    'schema_too_new',
    `The database has migration ${tooNew}, this version of the service knows up to ${latest}`,
    'Run the version of the service that made this schema, or a newer one',
  )
}

async function apply(database: Database, migration: Migration): Promise<boolean> {
  try {
    return await database.transaction(async (sql) => {
      await sql.query(LOCK)
      await makeLedger(sql)
      if (!(await enterInLedger(sql, migration))) return false
      await sql.query(migration.sql)
      return true
    })
  } catch (error) {
    throw migrationFault(error, migration)
  }
}

async function makeLedger(sql: Sql): Promise<void> {
  // Migrations that other code recorded without this field count as breaking.
  await sql.query(`create table if not exists migration (
    version integer primary key,
    name text not null,
    breaking boolean not null default true,
    applied_at timestamptz not null default now()
  )`)
}

async function enterInLedger(sql: Sql, { version, name, breaking }: Migration): Promise<boolean> {
  const rows = await sql.query(
    `insert into migration (version, name, breaking) values ($1, $2, $3) on conflict (version) do nothing
     returning version`,
    [version, name, breaking],
  )
  return rows.length === 1
}

/** Returns the SQL error behind a fault about the schema's version. */
const causeOf = (error: unknown) => (error instanceof Fault && error.code === 'schema_outdated' ? error.cause : error)

function migrationFault(thrown: unknown, migration: Migration): Fault {
  const error = causeOf(thrown)
  if (error instanceof Fault) return error
  const message = error instanceof Error ? error.message : String(error)
  if (/extension "vector"|vector\.control|type "halfvec"/.test(message)) {
    return new Fault('database_not_usable', `The database cannot use pgvector: ${message}`, PGVECTOR_REMEDY, {
      cause: error,
    })
  }
  return new Fault(
    'migration_failed',
    `Migration ${nameOf(migration)} failed: ${message}`,
    'None of it was applied; correct the cause and migrate again',
    { cause: error },
  )
}

function nameOf({ version, name }: Migration): string {
  return `${String(version).padStart(4, '0')}-${name}`
}

function stateOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code
}
