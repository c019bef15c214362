import { DATABASE } from '../connection.ts'
import { Refused } from '../faults.ts'
import { npmCommand } from '../reader.ts'
import { ROLES } from '../roles.ts'
import { type Database, MAINTENANCE, makeDatabase, type RunBeside } from './statements.ts'

/** What a state does not have of what it would make in Postgres. */
export interface Missing {
  readonly database: boolean
  readonly roles: readonly string[]
  /** Whether it has none of it. */
  readonly all: boolean
}

interface Recorded {
  readonly type: string
  readonly outputs?: Readonly<Record<string, unknown>>
}

/** Undefined where the state has all of it. */
export function missingIn(resources: readonly Recorded[]): Missing | undefined {
  const database = !resources.some(({ type }) => type === 'postgresql:index/database:Database')
  const known = resources
    .filter(({ type }) => type === 'postgresql:index/role:Role')
    .map(({ outputs }) => outputs?.name)
  const made = [ROLES.service, ROLES.migrator]
  const roles = made.filter((role) => !known.includes(role))
  if (!database && roles.length === 0) return undefined
  return { database, roles, all: database && roles.length === made.length }
}

interface Place {
  /** The container of a Postgres that runs. */
  readonly container: string
  readonly run: RunBeside
}

/**
 * Drops what a run made in Postgres and was ended before it was recorded: it would be in the way of being made again, and
 * nothing uses it yet.
 * @returns what was dropped
 * @throws Refused where something is in it
 */
export async function dropUnrecorded(
  { database, roles }: Missing,
  { container, run }: Place,
): Promise<readonly string[]> {
  const postgres = makeDatabase(run)
  await postgres.script(MAINTENANCE, END_SESSIONS)
  const dropped: string[] = []
  if (database && (await isThere(postgres, 'pg_database', 'datname', DATABASE))) {
    if (await hasTables(postgres)) throw inUse(`a database ${DATABASE} with tables`, container)
    await postgres.script(MAINTENANCE, `drop database ${DATABASE};`)
    dropped.push(`the database ${DATABASE}`)
  }
  for (const role of roles) {
    if (!(await isThere(postgres, 'pg_roles', 'rolname', role))) continue
    if (await ownsSomething(postgres, role)) throw inUse(`a role ${role} that owns something`, container)
    await postgres.script(MAINTENANCE, `drop role ${role};`)
    dropped.push(`the role ${role}`)
  }
  return dropped
}

// The server goes on with a statement whose client was killed, and would end it behind our back.
const END_SESSIONS = `
select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = 'Terraform provider';`

async function isThere(postgres: Database, catalogue: string, column: string, name: string): Promise<boolean> {
  const rows = await postgres.script(MAINTENANCE, `select 1 from ${catalogue} where ${column} = '${name}';`)
  return rows.length > 0
}

async function hasTables(postgres: Database): Promise<boolean> {
  const tables = `select 1 from pg_tables where schemaname not in ('pg_catalog', 'information_schema') limit 1;`
  return (await postgres.script(DATABASE, tables)).length > 0
}

async function ownsSomething(postgres: Database, role: string): Promise<boolean> {
  const owned = `
select 1 from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = '${role}'::regrole limit 1;`
  return (await postgres.script(MAINTENANCE, owned)).length > 0
}

const inUse = (what: string, container: string) =>
  new Refused(
    `Postgres in the container ${container} has ${what}, of which the state of this stack knows nothing: keep the index with \`${npmCommand('backup', 'index.dump')}\`, make the stack anew with \`${npmCommand('down', '--data')}\` and \`${npmCommand('up')}\`, and put the index back with \`${npmCommand('restore', 'index.dump')}\``,
  )
