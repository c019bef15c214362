import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Log } from '../../../service/log.ts'
import type { Database } from '../../../service/store/database.ts'
import { migrate } from '../../../service/store/migrate.ts'
import { openPostgres } from '../../../service/store/postgres.ts'
import { emptyDatabase } from '../../fakes/embedded-database.ts'

export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** URL of a real Postgres on which tests may create and drop databases. */
export const POSTGRES_URL = process.env.TEST_DATABASE_URL

export interface TestDatabase {
  readonly database: Database
  readonly drop: () => Promise<void>
}

export async function emptyEmbedded(): Promise<TestDatabase> {
  const { database, drop } = await readyEmbedded()
  await database.query('drop schema public cascade; create schema public')
  return { database, drop }
}

async function readyEmbedded(): Promise<TestDatabase> {
  const database = await emptyDatabase()
  return { database, drop: () => database.close() }
}

export async function emptyPostgres(serverUrl: string): Promise<TestDatabase & { readonly url: string }> {
  const admin = openPostgres({ kind: 'postgres', connectionString: serverUrl, poolSize: 1 }, SILENT)
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await admin.query(`create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const database = openPostgres({ kind: 'postgres', connectionString: url.href, poolSize: 5 }, SILENT)
  return {
    database,
    url: url.href,
    async drop() {
      await database.close()
      await admin.query(`drop database ${name} with (force)`)
      await admin.close()
    },
  }
}

/** Runs the tests on a migrated database of each engine. `database()` only works inside tests. */
export function describeOnEachEngine(title: string, tests: (database: () => Database) => void): void {
  const engines: [string, () => Promise<TestDatabase>][] = [['PGlite', readyEmbedded]]
  if (POSTGRES_URL !== undefined) engines.push(['Postgres', () => emptyPostgres(POSTGRES_URL as string)])
  describe.each(engines)(`${title} on %s`, (_, open) => {
    let opened: TestDatabase
    beforeAll(async () => {
      opened = await open()
      await migrate(opened.database, SILENT)
    })
    afterAll(() => opened.drop())
    tests(() => opened.database)
  })
}
