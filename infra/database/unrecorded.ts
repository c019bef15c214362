import { Refused } from '../faults.ts'
import { DATABASE, ROLES } from '../postgres/connection.ts'
import { npmCommand } from '../printed-commands.ts'
import { type Database, MAINTENANCE, makeDatabase, type RunBeside } from './statements.ts'

/** Resources in Postgres that the state does not contain. */
export interface Missing {
  readonly database: boolean
  readonly roles: readonly string[]
  /** Whether the state contains none of them. */
  readonly all: boolean
}

interface Recorded {
  readonly type: string
  readonly outputs?: Readonly<Record<string, unknown>>
}

/** Returns what the state lacks. Undefined if it lacks nothing. */
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
  /** Container of a running Postgres. */
  readonly container: string
  readonly run: RunBeside
}

/**
 * Drops what an interrupted run created in Postgres but did not record: it is unused, and would make the next creation
 * fail.
 * @returns descriptions of what was dropped
 * @throws Refused if it contains data
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

// Postgres continues a statement after its client was killed, and could complete it during the cleanup.
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
    `Postgres in the container ${container} has ${what}, which the state of this stack does not contain: save the index with \`${npmCommand('backup', 'index.dump')}\`, recreate the stack with \`${npmCommand('down', '--data')}\` and \`${npmCommand('up')}\`, and restore the index with \`${npmCommand('restore', 'index.dump')}\``,
  )
