import { Refused } from '../faults.ts'
import { DATABASE } from '../postgres/connection.ts'
import { BESIDE } from './beside.ts'
import { type Database, MAINTENANCE } from './statements.ts'

/** Name of the previous database until the server is ready on the new one. */
export const BEFORE = `${DATABASE}_before_restore`

// Renaming does not wait, and fails if anyone is connected. The transaction then changes nothing.
const exchanged = (current: string, to: string, next: string) => `
begin;
select pg_terminate_backend(pid) from pg_stat_activity
  where datname in ('${current}', '${next}') and pid <> pg_backend_pid();
alter database ${current} rename to ${to};
alter database ${next} rename to ${current};
commit;
`

const TRIES = 5

/** Makes `BESIDE` the current database, and keeps the previous one as `BEFORE`. @throws Refused */
export const putInPlace = (database: Database) =>
  insist(() => database.script(MAINTENANCE, exchanged(DATABASE, BEFORE, BESIDE)))

/** Makes `BEFORE` the current database again, and drops the one that replaced it. @throws Refused */
export async function putBack(database: Database): Promise<void> {
  await insist(() => database.script(MAINTENANCE, exchanged(DATABASE, BESIDE, BEFORE)))
  await database.script(MAINTENANCE, `drop database ${BESIDE} with (force);`)
}

export async function dropBefore(database: Database): Promise<void> {
  await database.script(MAINTENANCE, `drop database if exists ${BEFORE} with (force);`)
}

/** Whether a restore was interrupted before the server was ready on the new database. */
export async function isBeforeThere(database: Database): Promise<boolean> {
  const rows = await database.script(MAINTENANCE, `select 1 from pg_database where datname = '${BEFORE}';`)
  return rows.length > 0
}

/** Returns the databases that an interrupted restore left, with their sizes. */
export const remainsOfRestore = (database: Database): Promise<readonly string[]> =>
  database.script(
    MAINTENANCE,
    `select datname || ' (' || pg_size_pretty(pg_database_size(oid)) || ')' from pg_database where datname in ('${BESIDE}', '${BEFORE}');`,
  )

/** Retries, because a client that reconnects at once, such as an open psql, can make the renaming fail. */
async function insist(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; attempt < TRIES; attempt++) {
    try {
      await work()
      return
    } catch (error) {
      if (!(error instanceof Refused)) throw error
    }
  }
  await work()
}
