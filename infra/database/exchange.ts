import { DATABASE } from '../connection.ts'
import { Refused } from '../faults.ts'
import { BESIDE } from './beside.ts'
import { type Database, MAINTENANCE } from './statements.ts'

/** What the database that was in use is called until the new one serves. */
export const BEFORE = `${DATABASE}_before_restore`

// Renaming waits for nobody and fails where somebody is connected, and then neither has happened.
const exchanged = (current: string, to: string, next: string) => `
begin;
select pg_terminate_backend(pid) from pg_stat_activity
  where datname in ('${current}', '${next}') and pid <> pg_backend_pid();
alter database ${current} rename to ${to};
alter database ${next} rename to ${current};
commit;
`

const TRIES = 5

/** Puts the database beside in the place of the one in use, which is kept. @throws Refused */
export const putInPlace = (database: Database) =>
  insist(() => database.script(MAINTENANCE, exchanged(DATABASE, BEFORE, BESIDE)))

/** Puts the database back that was in use before; what was in its place is dropped. @throws Refused */
export async function putBack(database: Database): Promise<void> {
  await insist(() => database.script(MAINTENANCE, exchanged(DATABASE, BESIDE, BEFORE)))
  await database.script(MAINTENANCE, `drop database ${BESIDE} with (force);`)
}

export async function dropBefore(database: Database): Promise<void> {
  await database.script(MAINTENANCE, `drop database if exists ${BEFORE} with (force);`)
}

/** Whether a restore was interrupted before what it had put in place served. */
export async function isBeforeThere(database: Database): Promise<boolean> {
  const rows = await database.script(MAINTENANCE, `select 1 from pg_database where datname = '${BEFORE}';`)
  return rows.length > 0
}

/** A client that connects again at once, such as an open psql, may come between; then once more. */
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
