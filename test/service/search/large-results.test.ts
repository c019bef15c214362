import { afterAll, beforeAll, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { filesAt, ROWS_AT_ONCE } from '../../../service/search/paths/path-filter.ts'
import { readTable, readTableAfter } from '../../../service/search/read-tables.ts'
import type { Database, Sql } from '../../../service/store/database.ts'
import { liveRepositories, type RepositoryRow } from '../../../service/store/repositories.ts'
import { addFiles, emptyDatabase } from './indexed.ts'

const SEGMENTS = 3
const FILES_A_SEGMENT = 4000
const FILES = SEGMENTS * FILES_A_SEGMENT + 1

let database: Database
let small: RepositoryRow
let large: RepositoryRow
let largest = 0

/** The database, of which the largest result is remembered. */
const measured = (): Sql => ({
  ...database,
  query: async (...statement) => {
    const rows = await database.query<never>(...statement)
    largest = Math.max(largest, rows.length)
    return rows
  },
})

async function repository(): Promise<RepositoryRow> {
  const [row] = await liveRepositories(database, EVERY_REPOSITORY)
  return row as RepositoryRow
}

beforeAll(async () => {
  database = await emptyDatabase()
  await addFiles(database, 'many', [{ path: 'first.py', text: 'first', language: 'python' }])
  small = await repository()
  for (let at = 1; at <= SEGMENTS; at++) {
    await database.query(
      `with segment as (
         insert into segment (repository_id, documents, tokens, lengths)
         select repository_id, $2, tokens, lengths from segment order by id limit 1 returning id
       )
       insert into file (repository_id, path, stamp, content_hash, language, segment_id, first_document, documents, born)
       select repository_id, 'p' || $1 || '/m' || number || '.py', stamp, content_hash, language, segment.id, number, 1, born
       from file, segment, generate_series(1, $2::int) as number where path = 'first.py'`,
      [at, FILES_A_SEGMENT],
    )
  }
  await database.query('update repository set files = $1', [FILES])
  large = await repository()
})
afterAll(() => database.close())

test('A path that many files match is answered with results of limited size', async () => {
  for (const [path, count] of [
    ['**/*.py', FILES],
    ['**/*m399*', 11 * SEGMENTS],
    ['p2', FILES_A_SEGMENT],
  ] as const) {
    largest = 0
    const files = await filesAt(measured(), large, { path })
    expect(files).toHaveLength(count)
    expect(files.map((file) => file.path)).toEqual(files.map((file) => file.path).sort())
    expect(largest, path).toBeLessThanOrEqual(ROWS_AT_ONCE)
  }
})

test('A table is read in the same way after many files were stored', async () => {
  const before = await readTable(database, { ...small, files: 1 }, {})
  const first = { ...before, files: before.files.filter(({ row }) => row.path === 'first.py') }
  largest = 0
  const { files } = await readTableAfter(measured(), large, first)
  expect(files).toHaveLength(FILES)
  expect(largest).toBeLessThanOrEqual(ROWS_AT_ONCE)
})
