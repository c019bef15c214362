import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockFolder } from '../../../service/store/folder-lock.ts'
import { openDatabase } from '../../../service/store/open.ts'
import { describeOnEachEngine, POSTGRES_URL, SILENT } from './each-engine.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
})
afterEach(() => rm(folder, { recursive: true }))

const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid

describe('An embedded database', () => {
  test('still has its data when it is opened again, and is excluded from commits', async () => {
    const settings = { kind: 'embedded' as const, folder: join(folder, 'data') }
    const first = await openDatabase(settings, SILENT)
    await first.query('create table kept as select 7 as number')
    await expect(openDatabase(settings, SILENT)).rejects.toMatchObject({ code: 'database_not_usable' })
    await first.close()
    const second = await openDatabase(settings, SILENT)
    expect(await second.query('select number from kept')).toEqual([{ number: 7 }])
    await second.close()
    expect(await readFile(join(settings.folder, '.gitignore'), 'utf8')).toBe('*\n')
  })

  test('names a data folder that cannot be created', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(
      openDatabase({ kind: 'embedded', folder: join(folder, 'file', 'data') }, SILENT),
    ).rejects.toMatchObject({
      code: 'database_not_usable',
      message: expect.stringContaining(join(folder, 'file', 'data')),
    })
  })
})

describe('The lock of a data folder', () => {
  const lockFile = () => join(folder, 'lock')

  test('excludes others while its holder lives, and names the holder', async () => {
    await writeFile(lockFile(), String(process.ppid))
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'database_not_usable',
      message: expect.stringContaining(`process ${process.ppid}`),
    })
  })

  test.each([
    ['of a dead process', () => String(deadPid())],
    ['of an earlier process with the number of this one', () => String(process.pid)],
    ['that nothing was written to', () => ''],
  ])('is taken over if it is one %s', async (_, content) => {
    await writeFile(lockFile(), content())
    const unlock = await lockFolder(folder)
    expect(await readFile(lockFile(), 'utf8')).toBe(String(process.pid))
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'database_not_usable' })
    await unlock()
    await (await lockFolder(folder))()
  })

  test('is taken over by one of two processes that find it at the same moment', async () => {
    const folders = Array.from({ length: 200 }, (_, index) => join(folder, String(index)))
    const dead = String(deadPid())
    for (const each of folders) {
      await mkdir(each)
      await writeFile(join(each, 'lock'), dead)
    }
    const command = `
      const { lockFolder } = await import('${new URL('../../../service/store/folder-lock.ts', import.meta.url).href}')
      while (Date.now() < ${Date.now() + 1000});
      const held = []
      for (const folder of ${JSON.stringify(folders)}) {
        const taken = await lockFolder(folder).then(() => true, ({ code }) => code === 'database_not_usable' ? false : code)
        held.push(Number(taken))
      }
      console.log(JSON.stringify(held))
      setTimeout(() => {}, 5000)
      process.stdin.on('data', () => process.exit())`
    const children = [0, 1].map(() =>
      spawn(process.execPath, ['--input-type=module', '--eval', command], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    const told = children.map(async ({ stdout }) => JSON.parse(String((await once(stdout, 'data'))[0])) as number[])
    const [one = [], other = []] = await Promise.all(told)
    expect(one.map((taken, index) => taken + (other[index] ?? 0))).toEqual(folders.map(() => 1))
    for (const each of folders) expect(await readdir(each)).toEqual(['lock'])
    for (const { stdin } of children) stdin.end('done')
    await Promise.all(children.map((child) => once(child, 'exit')))
    for (const each of folders) expect(await readdir(each)).toEqual([])
  })
})

describe('A Postgres that cannot be used', () => {
  const open = (connectionString: string) => openDatabase({ kind: 'postgres', connectionString, poolSize: 1 }, SILENT)

  test('is a fault that names the address and hides the password', async () => {
    const database = await open('postgres://me:secret@127.0.0.1:1/app')
    const asked = database.query('select 1')
    await expect(asked).rejects.toMatchObject({
      code: 'database_unavailable',
      message: 'Postgres at 127.0.0.1:1/app does not answer (ECONNREFUSED)',
    })
    await database.close()
  })

  test.skipIf(POSTGRES_URL === undefined)(
    'is distinguished from one that refuses the password or has no such database',
    async () => {
      for (const [part, value] of [
        ['password', 'wrong'],
        ['pathname', '/nowhere'],
      ] as const) {
        const url = new URL(POSTGRES_URL as string)
        url[part] = value
        const database = await open(url.href)
        await expect(database.query('select 1')).rejects.toMatchObject({ code: 'database_not_usable' })
        await database.close()
      }
    },
  )

  test.skipIf(POSTGRES_URL === undefined)('answers again after its connections were cut', async () => {
    const database = await open(POSTGRES_URL as string)
    const cut = database.transaction((sql) => sql.query('select pg_terminate_backend(pg_backend_pid())'))
    await expect(cut).rejects.toMatchObject({ code: 'database_unavailable' })
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
    await database.close()
  })
})

describeOnEachEngine('A database', (database) => {
  test('returns and accepts the same values', async () => {
    const values = [Buffer.from([0, 255, 92]), 2 ** 40, new Date(1_700_000_000_000), ['a', null, 'c,"'], null]
    const [row] = await database().query(
      `select $1::bytea as bytes, $2::int8 as large, $3::timestamptz as moment, $4::text[] as words, $5::text as nothing,
         $6::jsonb as json, length($1::bytea) as length`,
      [...values, JSON.stringify({ a: [1] })],
    )
    const [bytes, large, moment, words, nothing] = values
    expect(row).toEqual({ bytes, large, moment, words, nothing, json: { a: [1] }, length: 3 })
    expect(row?.bytes).toBeInstanceOf(Buffer)
  })

  test('keeps nothing of a failed transaction', async () => {
    const insert = `insert into repository (name, source) values ('a', 'a')`
    const failing = database().transaction(async (sql) => {
      await sql.query(insert)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await database().query('select id from repository')).toEqual([])
    await expect(database().transaction((sql) => sql.query('select nothing'))).rejects.toThrow('nothing')
    expect(await database().query('select 1 as one')).toEqual([{ one: 1 }])
  })

  test('refuses to write in a snapshot', async () => {
    const writing = database().snapshot((sql) => sql.query(`insert into repository (name, source) values ('b', 'b')`))
    await expect(writing).rejects.toThrow('read-only')
  })
})
