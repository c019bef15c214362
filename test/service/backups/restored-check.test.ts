import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseManifest } from '../../../service/backups/manifest.ts'
import { checkRestored } from '../../../service/backups/restored-check.ts'
import type { Database } from '../../../service/store/database.ts'
import { insertEmbeddings } from '../../../service/store/embeddings.ts'
import { registerModel } from '../../../service/store/models.ts'
import { rowCounts } from '../../../service/store/restored.ts'
import { addFiles, emptyDatabase, silent } from '../search/indexed.ts'

const manifestOf = (rows: Record<string, number>) =>
  parseManifest(
    JSON.stringify({ name: 'b', createdAt: '2026-11-20T02:00:00Z', bytes: 1, sha256: '0'.repeat(64), rows }),
    'b',
  )

describe('a restored database', () => {
  let database: Database
  let rows: Record<string, number>
  beforeAll(async () => {
    database = await emptyDatabase()
    const text = 'export function frobnicate() {\n  return 1\n}'
    await addFiles(database, 'shop', [{ path: 'src/frobnicate.ts', text, symbol: 'frobnicate' }])
    const model = await registerModel(database, 'test', 3)
    const [chunk] = await database.query<{ hash: string }>(`select encode(hash, 'hex') as hash from chunk`)
    const vector = Float32Array.of(0.6, 0.8, 0)
    await insertEmbeddings(database, model, [{ hash: chunk?.hash ?? '', vector }])
    rows = await rowCounts(database)
  })
  afterAll(() => database.close())
  const faults = async (expected = rows) => (await checkRestored(database, manifestOf(expected), silent)).faults

  test('is correct if rows, schema and answers are those of the backup', async () => {
    expect(await checkRestored(database, manifestOf(rows), silent)).toEqual({
      faults: [],
      rows: Object.values(rows).reduce((sum, count) => sum + count, 0),
      searches: 2,
    })
    expect(rows).toMatchObject({ file: 1, chunk: 1, embedding: 1, repository: 1 })
  })

  test('that lacks rows or tables is wrong', async () => {
    expect(await faults({ ...rows, chunk: 3, basket: 2 })).toEqual([
      'chunk had 3 rows and has 1',
      'basket had 2 rows and has none: the table is missing',
    ])
  })

  test('of another version is wrong', async () => {
    await database.query(`insert into migration (version, name, breaking) values (99, 'later', true)`)
    expect(await faults({ ...rows, migration: (rows.migration ?? 0) + 1 })).toEqual([
      expect.stringContaining('the schema is not usable: The database has migration 99'),
    ])
    await database.query('delete from migration where version = 99')
  })

  test('in which a search does not find existing code is wrong', async () => {
    await database.query('create table kept as select * from posting_block')
    await database.query(`update posting_block set first_term = 'zzz'`)
    const counted = { ...rows, kept: await countOf('kept') }
    expect(await faults(counted)).toEqual(['a search for frobnicate in shop does not find it'])
    await database.query('delete from posting_block; insert into posting_block select * from kept; drop table kept')
    expect(await faults()).toEqual([])
  })

  const countOf = async (table: string) => (await rowCounts(database))[table] ?? 0
})

test('a file that does not describe a backup is refused by name', () => {
  const damaged = { code: 'backup_damaged', message: 'b.json does not describe a backup' }
  expect(() => parseManifest('{"name": "b"', 'b')).toThrow(expect.objectContaining(damaged))
  expect(() => parseManifest('{"name": "b"}', 'b')).toThrow(expect.objectContaining(damaged))
})
