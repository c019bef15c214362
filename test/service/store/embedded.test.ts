import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { inTime, whileWanted } from '../../../service/deadline.ts'
import type { Database, Sql } from '../../../service/store/database.ts'
import { Asker } from '../../../service/store/embedded/asker.ts'
import { LastingThread } from '../../../service/store/embedded/lasting-thread.ts'
import { Thread } from '../../../service/store/embedded/thread.ts'
import { openShared, threadedDatabase } from '../../../service/store/embedded/threaded-database.ts'
import { IN_MEMORY, openEmbedded } from '../../../service/store/embedded.ts'
import { makeSmallDisk } from '../../prove/full-disk.ts'
import { SILENT } from './each-engine.ts'

describe('The one connection of an embedded database', () => {
  let database: Database
  beforeAll(async () => {
    database = await openEmbedded(IN_MEMORY, SILENT)
    await database.query('create table entry (number int8 primary key)')
  })
  beforeEach(() => database.query('truncate entry'))
  afterAll(() => database.close())

  const insert = (sql: Sql, number: number) => sql.query('insert into entry values ($1)', [number])
  const count = async (sql: Sql) => (await sql.query<{ count: number }>('select count(*) from entry'))[0]?.count

  test('is given to transactions one after the other, and to queries in between in order', async () => {
    const order: string[] = []
    const told = async (name: string, work: Promise<unknown>) => {
      await work
      order.push(name)
    }
    const transaction = (name: string) =>
      told(
        name,
        database.transaction(async (sql) => {
          await insert(sql, order.length)
          await delay(5)
          order.push(`${name} ends`)
        }),
      )
    const query = (name: string) => told(name, database.query('select 1'))
    await Promise.all([query('a'), transaction('b'), query('c'), query('d'), transaction('e'), query('f')])
    expect(order).toEqual(['a', 'b ends', 'b', 'c', 'd', 'e ends', 'e', 'f'])
  })

  test('runs no query with a deadline in a transaction that began meanwhile', async () => {
    const calls = Array.from({ length: 60 }, (_, number) =>
      inTime(10_000, async () => {
        for (let step = 0; step < number % 5; step++) await Promise.resolve()
        if (number % 2 === 0) return insert(database, number)
        return database.snapshot((sql) => sql.query('select 1'))
      }),
    )
    expect((await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected')).toEqual([])
    expect(await count(database)).toBe(30)
  })

  test('returns the current rows of a statement, however often it was sent, also after a failure or with other columns', async () => {
    const sent = () => database.query('select * from entry where number >= $1', [1])
    const divided = (by: number) => database.query('select 6 / $1::int4 as share', [by])
    expect(await sent()).toEqual([])
    await database.transaction((sql) => insert(sql, 1))
    expect(await sent()).toEqual([{ number: 1 }])
    await expect(divided(0)).rejects.toMatchObject({ code: '22012' })
    await expect(insert(database, 1)).rejects.toMatchObject({ code: '23505' })
    expect([await divided(2), await sent()]).toEqual([[{ share: 3 }], [{ number: 1 }]])
    await database.query('alter table entry add column name text')
    expect(await sent()).toEqual([{ number: 1, name: null }])
    await database.query('alter table entry drop column name')
    expect(await sent()).toEqual([{ number: 1 }])
  })

  test('keeps a limited number of statements prepared, and continues with more', async () => {
    for (let at = 0; at < 450; at++) {
      expect(await database.query(`select ${at} + $1::int4 as sum`, [1])).toEqual([{ sum: at + 1 }])
    }
    expect(await database.query('select count(*) as count from pg_prepared_statements where name <> $1', [''])).toEqual(
      [{ count: expect.toSatisfy((count: number) => count <= 200) }],
    )
  })

  test('shows nobody else what a transaction has not committed', async () => {
    const inserted = Promise.withResolvers<void>()
    const adding = database.transaction(async (sql) => {
      await insert(sql, 1)
      inserted.resolve()
      await delay(5)
      await insert(sql, 2)
    })
    await inserted.promise
    expect(await count(database)).toBe(2)
    await adding
  })

  test('accepts failing statements of a transaction together, and then rolls back', async () => {
    const failing = database.transaction((sql) => Promise.all([insert(sql, 1), insert(sql, 1), insert(sql, 2)]))
    await expect(failing).rejects.toMatchObject({ code: '23505' })
    expect(await count(database)).toBe(0)
  })

  test('cannot be used by a transaction that is over', async () => {
    let kept: Sql | undefined
    await database.transaction(async (sql) => {
      kept = sql
    })
    await expect(kept?.query('select 1')).rejects.toThrow('The transaction is over')
  })

  test('reads parameters as they were at the call, and leaves them to the caller', async () => {
    const bytes = Buffer.from('abc')
    const asked = database.query('select $1::bytea as bytes', [bytes])
    bytes[0] = 0
    expect(await asked).toEqual([{ bytes: Buffer.from('abc') }])
    expect(bytes).toEqual(Buffer.from('\0bc'))
  })

  test('is not waited for by a cancelled call, whose statement is dropped', async () => {
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const holding = database.transaction(async () => {
      begun.resolve()
      await gate.promise
    })
    await begun.promise
    await expect(inTime(20, () => insert(database, 1))).rejects.toMatchObject({ code: 'deadline_exceeded' })
    await expect(inTime(20, () => database.transaction((sql) => insert(sql, 2)))).rejects.toMatchObject({
      code: 'deadline_exceeded',
    })
    gate.resolve()
    await holding
    expect(await count(database)).toBe(0)
  })

  test('is free again after a cancelled transaction, which is rolled back', async () => {
    const asked = inTime(20, () =>
      database.transaction(async (sql) => {
        await insert(sql, 1)
        await delay(40)
        await insert(sql, 2)
      }),
    )
    await expect(asked).rejects.toMatchObject({ code: 'deadline_exceeded' })
    expect(await count(database)).toBe(0)
  })

  test('does not block the rest of the process', async () => {
    const delays = monitorEventLoopDelay({ resolution: 1 })
    delays.enable()
    await database.query('select sum(number) from generate_series(1, 1000000) as number')
    const [row] = await database.query<{ bytes: Buffer }>(
      `select decode(repeat('00ff', 2500000), 'hex') as bytes from generate_series(1, 2)`,
    )
    delays.disable()
    expect(row?.bytes).toHaveLength(5_000_000)
    // Far less than either statement takes, but enough for a busy machine.
    expect(delays.percentile(90) / 1e6).toBeLessThan(50)
  })
})

describe('A thread that shares the database', () => {
  let database: Database
  let port: MessagePort
  let sharing: Database
  beforeAll(async () => {
    database = await openEmbedded(IN_MEMORY, SILENT)
    await database.query('create table entry (number int8)')
  })
  beforeEach(() => {
    port = database.share?.() as MessagePort
    sharing = openShared(port, SILENT)
  })
  afterAll(() => database.close())

  test('and dies in its transaction does not block it', async () => {
    const failing = sharing.transaction(async (sql) => {
      await sql.query('insert into entry values (1)')
      port.close()
      expect(await database.query('select number from entry')).toEqual([])
    })
    await expect(failing).rejects.toMatchObject({ code: 'database_unavailable' })
  })

  test.each([0, 1, 2, 3])('and dies in the middle of a request (%s) does not block it', async (turns) => {
    await sharing.query('select 1')
    const asked = [1, 2].map(() => sharing.transaction((sql) => sql.query('select 1')).catch(() => undefined))
    for (let turn = 0; turn < turns; turn++) await delay()
    port.close()
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
    await Promise.all(asked)
  })
})

describe('A thread that ends', () => {
  const dying = () => new URL(`data:text/javascript,${encodeURIComponent(DIES)}`)
  const DIES = `import { parentPort } from 'node:worker_threads'
    parentPort.on('message', ({ text }) => {
      if (text === 'throw') throw new Error('out of order')
      if (text === 'exit') process.exit(3)
      if (text !== 'hang') parentPort.postMessage({ rows: [], binary: [] })
    })`

  test.each([
    ['throw', 'The embedded database has stopped: out of order'],
    ['exit', 'The embedded database has stopped: The thread ended with code 3'],
  ])('by %s makes pending and later calls fail', async (death, message) => {
    const errors: unknown[] = []
    const log = { ...SILENT, error: (fields: unknown) => errors.push(fields) } as typeof SILENT
    let closed = 0
    const thread = new Thread(log, dying())
    const database = threadedDatabase(
      () => thread,
      async () => {
        await thread.close()
        closed++
      },
    )
    const fault = { code: 'database_unavailable', message, cause: expect.any(Error) }
    const waiting = [database.query('hang'), database.query('hang'), database.query(death)]
    for (const asked of waiting) await expect(asked).rejects.toMatchObject(fault)
    await expect(database.query('select')).rejects.toMatchObject(fault)
    await expect(database.transaction(async () => {})).rejects.toMatchObject(fault)
    expect(errors).toHaveLength(1)
    await database.close()
    await database.close()
    expect(closed).toBe(1)
  })

  test('in the middle of a transaction keeps the error that its work threw', async () => {
    const thread = new Thread(SILENT, dying())
    const database = threadedDatabase(
      () => thread,
      () => thread.close(),
    )
    const failing = database.transaction(async (sql) => {
      await sql.query('exit').catch(() => undefined)
      throw new Error('of the work')
    })
    await expect(failing).rejects.toThrow('of the work')
    await database.close()
  })
})

describe('An embedded database whose thread has ended', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('is opened again, with everything that was committed', async () => {
    const data = join(folder, 'postgres')
    const open = async () => {
      const thread = new Thread(SILENT)
      await thread.ask({ open: data })
      return thread
    }
    const first = await open()
    const lasting = new LastingThread(folder, first, open, SILENT)
    const database = threadedDatabase(
      () => lasting.current(),
      () => lasting.close(),
      { share: () => lasting.share() },
    )
    await database.query('create table kept (number int4)')
    await database.query('insert into kept values (7)')
    const sharing = openShared(database.share?.() as MessagePort, SILENT)
    await sharing.query('select 1')
    const cut = database.transaction(async (sql) => {
      await sql.query('insert into kept values (8)')
      first.kill(new Error('a test'))
      await sql.query('insert into kept values (9)')
    })
    await expect(cut).rejects.toMatchObject({ code: 'database_unavailable' })
    await sharing.gone
    const numbers = () => database.query('select number from kept').catch(() => [])
    await expect.poll(numbers, { timeout: 30_000 }).toEqual([{ number: 7 }])
    await database.close()
  })
})

test('Jobs wait for a busy embedded database indefinitely, and callers with people waiting for seconds', async () => {
  const asking = (ask: (port: MessagePort) => Promise<unknown>) => {
    const { port1, port2 } = new MessageChannel()
    onTestFinished(() => port2.close())
    return { answer: ask(port1), port: port2 }
  }
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { signal } = new AbortController()
  const job = asking((port) => whileWanted(signal, () => openShared(port, SILENT).query('select 1 as one')))
  const person = asking((port) => new Asker(port, SILENT).ask({ check: true }, [], signal))
  const refused = person.answer.then(
    () => undefined,
    (error: unknown) => error,
  )
  await vi.advanceTimersByTimeAsync(100_000)
  expect(await refused).toMatchObject({ code: 'overloaded' })
  job.port.postMessage({ rows: [{ one: 1 }], binary: [] })
  expect(await job.answer).toEqual([{ one: 1 }])
})

test('An embedded database on a full disk is read-only, says why, and recovers when there is space', async ({
  skip,
  onTestFinished,
}) => {
  const disk = makeSmallDisk(120)
  if (disk === undefined) {
    skip('This user may mount nothing')
    return
  }
  const database = await openEmbedded(join(disk.folder, 'data'), SILENT)
  onTestFinished(async () => {
    await database.close()
    disk.remove()
  })
  await database.query('create table kept (number int4)')
  await database.check()
  disk.fill()
  const full = { code: 'database_full', status: 503, message: expect.stringContaining('0 MiB are free') }
  await expect(database.check()).rejects.toMatchObject(full)
  const changing = database.transaction((sql) => sql.query('insert into kept values (1)'))
  await expect(changing).rejects.toMatchObject(full)
  expect(await database.query('select number from kept')).toEqual([])
  disk.clear()
  await database.check()
  await database.transaction((sql) => sql.query('insert into kept values (2)'))
  expect(await database.query('select number from kept')).toEqual([{ number: 2 }])
})

test('An embedded database whose folder is gone is read-only, says why, and recovers when it is back', async ({
  onTestFinished,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-away-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const database = await openEmbedded(join(folder, 'data'), SILENT)
  onTestFinished(() => database.close())
  await database.query('create table kept (number int4)')
  await rename(join(folder, 'data'), join(folder, 'away'))
  const away = { code: 'database_unavailable', message: expect.stringContaining('ENOENT') }
  await expect(database.check()).rejects.toMatchObject(away)
  await expect(database.transaction(async () => {})).rejects.toMatchObject(away)
  await rename(join(folder, 'away'), join(folder, 'data'))
  await database.check()
  await database.transaction((sql) => sql.query('insert into kept values (2)'))
})

test.runIf(process.platform === 'linux')('An embedded database under load stays small', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const script = `import { readFileSync } from 'node:fs'
    import { openEmbedded } from ${JSON.stringify(new URL('../../../service/store/embedded.ts', import.meta.url).href)}
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const database = await openEmbedded(${JSON.stringify(folder)}, log)
    for (let at = 0; at < 4; at++) await database.query('select sum(n * 7 % 13) from generate_series(1, 100000) as n')
    await database.close()
    console.log(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script])
  expect(Number(stdout) / 1024).toBeLessThan(320)
})

describe('An embedded database that is closed', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('has completed its work, released the folder, and refuses later calls', async () => {
    const database = await openEmbedded(folder, SILENT)
    const working = database.transaction(async (sql) => {
      await delay(20)
      return sql.query('select 1 as one')
    })
    await Promise.all([database.close(), database.close()])
    expect(await working).toEqual([{ one: 1 }])
    expect(existsSync(join(folder, 'lock'))).toBe(false)
    await expect(database.query('select 1')).rejects.toMatchObject({ code: 'database_unavailable' })
  })

  test('in a killed process has everything that was committed when it is opened again', async () => {
    const script = `import { openEmbedded } from ${JSON.stringify(new URL('../../../service/store/embedded.ts', import.meta.url).href)}
      const log = { debug() {}, info() {}, warn() {}, error() {} }
      const database = await openEmbedded(${JSON.stringify(folder)}, log)
      await database.query('create table kept (number int4)')
      await database.transaction((sql) => sql.query('insert into kept values (7)'))
      void database.transaction(async (sql) => {
        await sql.query('insert into kept values (8)')
        process.kill(process.pid, 'SIGKILL')
      })`
    expect(spawnSync(process.execPath, ['--input-type=module', '--eval', script]).signal).toBe('SIGKILL')
    const database = await openEmbedded(folder, SILENT)
    expect(await database.query('select number from kept')).toEqual([{ number: 7 }])
    await database.close()
  })

  test('does not keep its process alive, closed or not', () => {
    const script = `import { IN_MEMORY, openEmbedded } from ${JSON.stringify(new URL('../../../service/store/embedded.ts', import.meta.url).href)}
      const log = { debug() {}, info() {}, warn() {}, error() {} }
      const database = await openEmbedded(IN_MEMORY, log)
      await database.query('select 1')`
    for (const end of ['', '\nawait database.close()']) {
      const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script + end], {
        timeout: 50_000,
      })
      expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' })
    }
  })
})
