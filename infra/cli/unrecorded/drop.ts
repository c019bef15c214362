import { DATABASE } from '../../connection.ts'
import type { Containers } from '../day-two/containers/containers.ts'
import { type Database, MAINTENANCE, makeDatabase } from '../day-two/database/database.ts'
import { obstructed } from '../faults.ts'
import type { Missing } from './missing.ts'

interface Place {
  /** The container of a Postgres that runs. */
  readonly container: string
  /** What is added to a command so that it is about this stack. */
  readonly words: string
}

/**
 * Drops what a run made in Postgres and was ended before it was recorded: it would be in the way of being made again, and
 * nothing uses it yet.
 * @returns what was dropped
 * @throws Refused where something is in it
 */
export async function dropUnrecorded(
  { database, roles }: Missing,
  { container, words }: Place,
  containers: Pick<Containers, 'run'>,
): Promise<readonly string[]> {
  const postgres = makeDatabase(containers, container)
  await postgres.script(MAINTENANCE, END_SESSIONS)
  const dropped: string[] = []
  if (database && (await isThere(postgres, 'pg_database', 'datname', DATABASE))) {
    if (await hasTables(postgres)) throw inUse(`a database ${DATABASE} with tables`, container, words)
    await postgres.script(MAINTENANCE, `drop database ${DATABASE};`)
    dropped.push(`the database ${DATABASE}`)
  }
  for (const role of roles) {
    if (!(await isThere(postgres, 'pg_roles', 'rolname', role))) continue
    if (await ownsSomething(postgres, role)) throw inUse(`a role ${role} that owns something`, container, words)
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

const inUse = (what: string, container: string, words: string) =>
  obstructed([
    `Postgres in the container ${container} has ${what}, of which the state of this stack knows nothing: keep the index with \`npm run backup -- ${words}index.dump\`, make the stack anew with \`npm run down -- ${words}--data\` and \`npm run up${words === '' ? '' : ` -- ${words.trim()}`}\`, and put the index back with \`npm run restore -- ${words}index.dump\``,
  ])
