import { Refused } from '../faults.ts'
import { DATABASE } from '../postgres/connection.ts'
import { shownBytes } from '../quantities.ts'
import { readCounted } from './pour.ts'
import { type Database, MAINTENANCE, type RunBeside } from './statements.ts'

/** Database that a backup is loaded into while the current one stays in use. */
export const BESIDE = `${DATABASE}_restore`

export interface BesideTools {
  readonly database: Database
  readonly run: RunBeside
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

// Copies owner, encoding, collation and privileges from the current database, so that Pulumi sees no change.
const CREATE = `
select format(
  'create database ${BESIDE} with template template0 owner %I encoding %L lc_collate %L lc_ctype %L connection limit %s',
  pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datconnlimit)
from pg_database where datname = '${DATABASE}' \\gexec
select 'revoke all on database ${BESIDE} from public' from pg_database where datname = '${DATABASE}' and datacl is not null \\gexec
select format(
  'grant %s on database ${BESIDE} to %s %s', privilege_type,
  case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
  case when is_grantable then 'with grant option' end)
from pg_database, aclexplode(datacl) where datname = '${DATABASE}' \\gexec
`

const OWNER = `select pg_get_userbyid(datdba) from pg_database where datname = '${DATABASE}';`

// Created in advance by the superuser, because the owner may not create extensions.
const EXTENSIONS = `select format('create extension if not exists %I;', extname) from pg_extension where extname <> 'plpgsql';`

const IN_USE = `select count(*) from pg_stat_activity where datname = '${BESIDE}';`

/** @throws Refused if another restore is in progress */
export async function refuseASecond({ database }: Pick<BesideTools, 'database'>): Promise<void> {
  const [users = '0'] = await database.script(MAINTENANCE, IN_USE)
  if (users !== '0') throw new Refused('Another restore is in progress: wait until it ends')
}

/** Creates an empty database beside the current one. Drops what an earlier restore left. @throws Refused */
export async function makeBeside({ database }: Pick<BesideTools, 'database'>): Promise<void> {
  await dropBeside({ database })
  await database.script(MAINTENANCE, CREATE)
  const extensions = await database.script(DATABASE, EXTENSIONS)
  await database.script(BESIDE, extensions.join('\n'))
}

export async function dropBeside({ database }: Pick<BesideTools, 'database'>): Promise<void> {
  await database.script(MAINTENANCE, `drop database if exists ${BESIDE} with (force);`)
}

/**
 * Loads a backup into the database `BESIDE`. Connects as the owner of the current database, so that the owner owns all
 * objects and a foreign backup can do nothing that the owner may not do.
 * @throws Refused
 */
export async function load(path: string, bytes: number, tools: BesideTools): Promise<void> {
  const { database, run, signal, progress } = tools
  const [owner = ''] = await database.script(MAINTENANCE, OWNER)
  const input = readCounted(path, (read) => {
    if (read < bytes) progress(`${Math.floor((read / bytes) * 100)} % of ${shownBytes(bytes)} loaded`)
    else progress('building indexes and constraints')
  })
  const command = ['pg_restore', `--username=${owner}`, `--dbname=${BESIDE}`, ...LOAD]
  const { exitCode, errors } = await run(command, { input, signal })
  if (exitCode !== 0) throw new Refused(`The backup cannot be loaded; nothing was changed: ${errors.trim()}`)
  progress('gathering statistics')
  await database.script(BESIDE, 'vacuum (analyze);')
  signal.throwIfAborted()
}

// Only the superuser may comment on an extension.
const LOAD = ['--no-owner', '--no-comments', '--exit-on-error']

export interface Ledger {
  /** Version of the newest migration in the backup. */
  readonly version: number
  /**
   * Version of the newest breaking migration, which code must know in order to use the database. 0 if there is none.
   */
  readonly breaking: number
}

/** @throws Refused if the loaded database has no table of migrations */
export async function ledgerBeside({ database }: Pick<BesideTools, 'database'>): Promise<Ledger> {
  const [row = ''] = await database.script(BESIDE, LEDGER)
  const [version = 0, breaking = 0] = row.split('|').map(Number)
  return { version, breaking }
}

const LEDGER = 'select coalesce(max(version), 0), coalesce(max(version) filter (where breaking), 0) from migration;'
