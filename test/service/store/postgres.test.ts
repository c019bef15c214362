import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { binaryCopy } from '../../../service/store/binary-copy.ts'
import type { Database, Sql } from '../../../service/store/database.ts'
import { openPostgres } from '../../../service/store/postgres.ts'
import { POSTGRES_URL, SILENT } from './each-engine.ts'

describe.skipIf(POSTGRES_URL === undefined)('A connection that breaks while it is used', () => {
  const open = () => openPostgres({ kind: 'postgres', connectionString: POSTGRES_URL as string, poolSize: 1 }, SILENT)
  let database: Database
  let other: Database
  beforeEach(() => {
    database = open()
    other = open()
  })
  afterEach(async () => {
    await database.close()
    await other.close()
  })

  /** Returns once the server has cut the connection. */
  async function cut(sql: Sql): Promise<void> {
    const [row] = await sql.query<{ pid: number }>('select pg_backend_pid() as pid')
    await other.query('select pg_terminate_backend($1, 5000)', [row?.pid])
  }
  const unavailable = { code: 'database_unavailable' }
  const answersAgain = async () => expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])

  test('between two statements of a transaction is a fault of the second', async () => {
    const asked = database.transaction(async (sql) => {
      await cut(sql)
      await sql.query('select 1')
    })
    await expect(asked).rejects.toMatchObject(unavailable)
    await answersAgain()
  })

  test('after the last statement of a transaction is a fault of it', async () => {
    await expect(database.transaction(cut)).rejects.toMatchObject(unavailable)
    await answersAgain()
  })

  test('during a statement is a fault of it', async () => {
    const asked = database.transaction(async (sql) => {
      const [row] = await sql.query<{ pid: number }>('select pg_backend_pid() as pid')
      await Promise.all([
        sql.query('select pg_sleep(60)'),
        other.query('select pg_terminate_backend($1, 5000)', [row?.pid]),
      ])
    })
    await expect(asked).rejects.toMatchObject(unavailable)
    await answersAgain()
  })

  test('while rows are copied in is a fault of it', async () => {
    const asked = database.transaction(async (sql) => {
      await sql.query('create temp table entry (id int4)')
      await cut(sql)
      await sql.copyIn('entry (id)', binaryCopy(['int4'], [[1]]))
    })
    await expect(asked).rejects.toMatchObject(unavailable)
    await answersAgain()
  })
})
