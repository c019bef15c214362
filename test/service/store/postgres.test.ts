import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { inTime } from '../../../service/deadline.ts'
import { binaryCopy } from '../../../service/store/binary-copy.ts'
import type { Database, Sql } from '../../../service/store/database.ts'
import { migrate } from '../../../service/store/migrate.ts'
import { openPostgres } from '../../../service/store/postgres.ts'
import { checkTables } from '../../../service/store/repositories.ts'
import { emptyPostgres, POSTGRES_URL, SILENT } from './each-engine.ts'

describe.skipIf(POSTGRES_URL === undefined)('A connection that breaks during use', () => {
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

  /** Makes the server cut the connection, and waits until it has. */
  async function cut(sql: Sql): Promise<void> {
    const [row] = await sql.query<{ pid: number }>('select pg_backend_pid() as pid')
    await other.query('select pg_terminate_backend($1, 5000)', [row?.pid])
  }
  const unavailable = { code: 'database_unavailable' }
  const answersAgain = async () => expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])

  test('between two statements of a transaction fails the second', async () => {
    const asked = database.transaction(async (sql) => {
      await cut(sql)
      await sql.query('select 1')
    })
    await expect(asked).rejects.toMatchObject(unavailable)
    await answersAgain()
  })

  test('after the last statement of a transaction fails the transaction', async () => {
    await expect(database.transaction(cut)).rejects.toMatchObject(unavailable)
    await answersAgain()
  })

  test('during a statement fails the statement', async () => {
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

  test('during a copy fails the copy', async () => {
    const asked = database.transaction(async (sql) => {
      await sql.query('create temp table entry (id int4)')
      await cut(sql)
      await sql.copyIn('entry (id)', binaryCopy(['int4'], [[1]]))
    })
    await expect(asked).rejects.toMatchObject(unavailable)
    await answersAgain()
  })
})

describe.skipIf(POSTGRES_URL === undefined)('A pool of connections', () => {
  const settings = { kind: 'postgres', connectionString: POSTGRES_URL as string, poolSize: 2 } as const
  let database: Database
  let health: Database
  beforeEach(() => {
    database = openPostgres(settings, SILENT)
    health = openPostgres(settings, SILENT, 'health')
  })
  afterEach(async () => {
    await database.close()
    await health.close()
  })
  const sleep = (sql: Sql, seconds: number) => sql.query('select pg_sleep($1)', [seconds])
  const backend = async (sql: Sql) => (await sql.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]?.pid
  const isThere = async (pid: number | undefined) =>
    (await health.query('select from pg_stat_activity where pid = $1', [pid])).length > 0

  test('that is full reports that within half a second, and not a full database', async () => {
    const working = [1, 2].map(() => sleep(database, 1.5))
    const startedAt = performance.now()
    await expect(sleep(database, 0)).rejects.toMatchObject({ code: 'overloaded', status: 503 })
    expect(performance.now() - startedAt).toBeLessThan(1000)
    await health.query('select 1')
    await Promise.all(working)
    await database.query('select 1')
  })

  test('whose connections come back makes callers wait for them', async () => {
    expect(await Promise.all(Array.from({ length: 20 }, () => sleep(database, 0.05)))).toHaveLength(20)
  })

  test('cancels a statement that nobody waits for any more, on the server too', async () => {
    let pid: number | undefined
    const asked = inTime(200, () =>
      database.transaction(async (sql) => {
        pid = await backend(sql)
        await sleep(sql, 60)
      }),
    )
    await expect(asked).rejects.toMatchObject({ code: 'deadline_exceeded' })
    await expect.poll(() => isThere(pid), { timeout: 5000 }).toBe(false)
    expect(database.connections?.().used).toBe(0)
    await database.query('select 1')
  })

  test('rolls back an idle transaction', async () => {
    let pid: number | undefined
    const asked = inTime(200, () =>
      database.transaction(async (sql) => {
        pid = await backend(sql)
        await new Promise(() => {})
      }),
    )
    await expect(asked).rejects.toMatchObject({ code: 'deadline_exceeded' })
    await expect.poll(() => isThere(pid), { timeout: 5000 }).toBe(false)
  })

  test('makes the server end what takes too long, waits for a lock, or is forgotten', async () => {
    const [row] = await database.query(`select current_setting('statement_timeout') as statement,
      current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle`)
    expect(row).toEqual({ statement: '5s', lock: '2s', idle: '5s' })
  })

  test('limits a change even if a session has other settings, as behind a pooler', async () => {
    await database.query(`select set_config('statement_timeout', '1', false)`)
    const limit = await database.transaction(async (sql) => {
      await sql.query('select pg_sleep(0.05)')
      return sql.query(`select current_setting('statement_timeout') as limit`)
    })
    expect(limit).toEqual([{ limit: '5s' }])
    await database.query(`set statement_timeout = '5s'`)
  })

  test('notices if new connections lead to another database', async () => {
    const owned = await emptyPostgres(POSTGRES_URL as string)
    onTestFinished(() => owned.drop())
    await owned.database.query('create table repository (id int)')
    const heard: string[] = []
    const reader = openPostgres({ ...settings, connectionString: owned.url }, SILENT)
    onTestFinished(() => reader.close())
    reader.onReplaced?.(() => heard.push('another'))
    const reconnect = () => reader.query('select pg_terminate_backend(pg_backend_pid())').catch(() => {})
    await reconnect()
    await reader.query('select 1')
    expect(heard).toEqual([])
    await owned.database.query('drop table repository; create table repository (id int)')
    await reconnect()
    await reader.query('select 1')
    expect(heard).toEqual(['another'])
  })

  test('is unhealthy if the server is read-only', async () => {
    await database.check()
    const readOnly = new URL(settings.connectionString)
    readOnly.searchParams.set('options', '-c default_transaction_read_only=on')
    const standby = openPostgres({ ...settings, connectionString: readOnly.href }, SILENT)
    await expect(standby.check()).rejects.toMatchObject({ code: 'database_read_only', status: 503 })
    await standby.close()
  })
})

describe.skipIf(POSTGRES_URL === undefined)('A Postgres that refuses', () => {
  const role = `refused_${process.pid}`
  let admin: Database
  beforeEach(async () => {
    admin = openPostgres({ kind: 'postgres', connectionString: POSTGRES_URL as string, poolSize: 1 }, SILENT)
    await admin.query(`create role ${role} login password 'first' connection limit 1`)
  })
  afterEach(async () => {
    await admin.query(`drop role ${role}`)
    await admin.close()
  })
  const open = () => {
    const url = new URL(POSTGRES_URL as string)
    url.username = role
    url.password = 'first'
    return openPostgres({ kind: 'postgres', connectionString: url.href, poolSize: 1 }, SILENT)
  }

  test('for lack of connections reports that, and answers once there is one', async () => {
    const [holder, late] = [open(), open()]
    await holder.query('select 1')
    await expect(late.query('select 1')).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringMatching(/has no connection left \(too many connections for role/),
      remedy: expect.stringContaining('max_connections'),
    })
    await holder.close()
    await expect.poll(() => late.query('select 1 as one').catch(() => undefined)).toEqual([{ one: 1 }])
    await late.close()
  })

  test('the login of the role reports that, and answers once it may', async () => {
    await admin.query(`alter role ${role} nologin`)
    const database = open()
    await expect(database.query('select 1')).rejects.toMatchObject({
      code: 'database_not_usable',
      message: expect.stringMatching(/refuses the connection: role .* is not permitted to log in/),
    })
    await admin.query(`alter role ${role} login`)
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
    await database.close()
  })
})

describe.skipIf(POSTGRES_URL === undefined)('A changed database', () => {
  const role = `service_${randomUUID().replaceAll('-', '')}`
  let owned: Awaited<ReturnType<typeof emptyPostgres>>
  let database: Database
  beforeEach(async () => {
    owned = await emptyPostgres(POSTGRES_URL as string)
    await migrate(owned.database, SILENT)
    await owned.database.query(`create role ${role} login password 'one'`)
    await owned.database.query(`grant select, insert, update, delete on all tables in schema public to ${role}`)
    database = openPostgres({ kind: 'postgres', connectionString: asRole('one'), poolSize: 1 }, SILENT)
  })
  afterEach(async () => {
    await database.close()
    await owned.database.query(`drop owned by ${role}; drop role ${role}`)
    await owned.drop()
  })

  function asRole(password: string): string {
    const url = new URL(owned.url)
    url.username = role
    url.password = password
    return url.href
  }

  test.each([
    [
      'the role may not read a table any more',
      `revoke select on chunk from ${role}`,
      `grant select on chunk to ${role}`,
      { code: 'database_not_usable', remedy: expect.stringContaining('Grant the role select') },
    ],
    [
      'a table is gone',
      'alter table chunk rename to gone',
      'alter table gone rename to chunk',
      { code: 'schema_outdated', remedy: expect.stringContaining('run the mode "migrate"') },
    ],
    [
      'it has become read-only',
      `alter role ${role} set default_transaction_read_only = on; select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`,
      `alter role ${role} reset default_transaction_read_only; select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`,
      { code: 'database_read_only' },
    ],
  ])('is reported if %s, and used again once that is over', async (_, breaks, mends, fault) => {
    const check = async () => {
      await checkTables(database)
      await database.check()
    }
    const state = () =>
      check().then(
        () => 'well',
        (error: unknown) => error,
      )
    await check()
    await owned.database.query(breaks)
    await expect.poll(state, { timeout: 10_000 }).toMatchObject(fault)
    await owned.database.query(mends)
    await expect.poll(state, { timeout: 10_000 }).toBe('well')
  })
})
