import { describe, expect, test } from 'vitest'
import { Fault } from '../../../service/errors.ts'
import {
  checkSchema,
  type Migration,
  migrate,
  migrationStatus,
  readMigrations,
  waitForDatabase,
} from '../../../service/store/migrate.ts'
import { emptyEmbedded, emptyPostgres, POSTGRES_URL, SILENT, type TestDatabase } from './each-engine.ts'

const engines: [string, () => Promise<TestDatabase>][] = [['PGlite', emptyEmbedded]]
if (POSTGRES_URL !== undefined) engines.push(['Postgres', () => emptyPostgres(POSTGRES_URL as string)])

const migration = (version: number, sql: string): Migration => ({
  version,
  name: `step-${version}`,
  breaking: false,
  sql,
})
const one = migration(1, 'create table one (id integer); create table other (id integer)')
const two = migration(2, 'create table two (id integer)')

describe.each(engines)('Migrating on %s', (_, open) => {
  const onEmpty = async (work: (database: TestDatabase['database']) => Promise<void>) => {
    const { database, drop } = await open()
    try {
      await work(database)
    } finally {
      await drop()
    }
  }

  test('applies pending migrations once, and says so', () =>
    onEmpty(async (database) => {
      expect(await migrationStatus(database, [one])).toEqual({ current: 0, latest: 1, pending: ['0001-step-1'] })
      await expect(checkSchema(database, [one])).rejects.toMatchObject({ code: 'schema_outdated' })
      await Promise.all([migrate(database, SILENT, [one, two]), migrate(database, SILENT, [one, two])])
      expect(await migrate(database, SILENT, [one, two])).toEqual({ current: 2, latest: 2, pending: [] })
      await checkSchema(database, [one, two])
    }))

  test('applies nothing of a failing migration, and keeps those before it', () =>
    onEmpty(async (database) => {
      const broken = migration(2, 'create table two (id integer); create table one (id integer)')
      await expect(migrate(database, SILENT, [one, broken])).rejects.toMatchObject({
        code: 'migration_failed',
        message: expect.stringContaining('0002-step-2'),
      })
      expect(await migrate(database, SILENT, [one, two])).toMatchObject({ current: 2, pending: [] })
    }))

  test('refuses a newer schema, unless that says that older code can work with it', () =>
    onEmpty(async (database) => {
      await migrate(database, SILENT, [one, two])
      await checkSchema(database, [one])
      await database.query(`insert into migration (version, name) values (9, 'from-the-future')`)
      await expect(checkSchema(database, [one])).rejects.toMatchObject({ code: 'schema_too_new' })
      await expect(migrate(database, SILENT, [one])).rejects.toMatchObject({ code: 'schema_too_new' })
    }))

  test('says what to do if pgvector is missing', () =>
    onEmpty(async (database) => {
      const missing = migration(1, `do $$ begin raise exception 'extension "vector" is not available'; end $$`)
      await expect(migrate(database, SILENT, [missing])).rejects.toMatchObject({
        code: 'database_not_usable',
        remedy: expect.stringContaining('create extension vector'),
      })
    }))
})

test('numbers the migrations of the service without a gap', async () => {
  const migrations = await readMigrations()
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1))
})

describe('Waiting for the database', () => {
  const away = new Fault('database_unavailable', 'Nobody there', 'Start it')

  test('tries until it answers', async () => {
    const waits: number[] = []
    let failures = 4
    const query = async () => {
      if (failures-- > 0) throw away
      return []
    }
    await waitForDatabase({ query }, SILENT, async (ms) => waits.push(ms))
    expect(waits).toEqual([100, 200, 400, 800])
  })

  test('gives up after 30 attempts in about a minute', async () => {
    let waited = 0
    let tries = 0
    const query = () => {
      tries++
      return Promise.reject(away)
    }
    const sleep = async (ms: number) => {
      waited += ms
    }
    await expect(waitForDatabase({ query }, SILENT, sleep)).rejects.toMatchObject({
      code: 'database_unavailable',
      message: 'Nobody there, tried 30 times',
    })
    expect(tries).toBe(30)
    expect(waited).toBeGreaterThan(50_000)
    expect(waited).toBeLessThan(70_000)
  })

  test('gives up immediately on a fault that waiting does not repair', async () => {
    const query = () => Promise.reject(new Fault('database_not_usable', 'Wrong password', 'Correct it'))
    const sleep = () => Promise.reject(new Error('did wait'))
    await expect(waitForDatabase({ query }, SILENT, sleep)).rejects.toMatchObject({ code: 'database_not_usable' })
  })
})
