import { expect, test } from 'vitest'
import { databaseInTurn } from '../../../service/background/database-in-turn.ts'
import type { Database, Sql } from '../../../service/store/database.ts'

function recordingDatabase(done: string[]): Database {
  const note = (what: string) => async () => {
    done.push(what)
    return []
  }
  const sql: Sql = { query: note('statement within'), copyIn: async () => {} }
  const work = async <Result>(of: (sql: Sql) => Promise<Result>) => {
    done.push('begin')
    const result = await of(sql)
    done.push('end')
    return result
  }
  return {
    kind: 'embedded',
    query: note('statement'),
    copyIn: async () => void done.push('copy'),
    transaction: work,
    snapshot: work,
    check: async () => void done.push('check'),
    close: async () => void done.push('close'),
  }
}

test('single statements and transactions await their turn, and statements of a transaction that has begun do not', async () => {
  const done: string[] = []
  const database = databaseInTurn(recordingDatabase(done), async () => void done.push('turn'))
  await database.query('select 1')
  await database.copyIn('embedding (model_id)', new Uint8Array())
  await database.transaction(async (sql) => {
    await sql.query('select 1')
    await sql.query('select 2')
  })
  await database.snapshot((sql) => sql.query('select 1'))
  expect(done).toEqual([
    'turn',
    'statement',
    'turn',
    'copy',
    'turn',
    'begin',
    'statement within',
    'statement within',
    'end',
    'turn',
    'begin',
    'statement within',
    'end',
  ])
})

test('a transaction does not begin before its turn, and its result and failure reach the caller', async () => {
  const done: string[] = []
  const free = Promise.withResolvers<void>()
  const database = databaseInTurn(recordingDatabase(done), () => free.promise)
  const stored = database.transaction(async () => 7)
  const failed = database.transaction(async () => Promise.reject(new Error('the disk is full')))
  await new Promise(setImmediate)
  expect(done).toEqual([])
  free.resolve()
  expect(await stored).toBe(7)
  await expect(failed).rejects.toThrow('the disk is full')
})
