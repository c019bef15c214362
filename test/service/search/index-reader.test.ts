import { afterAll, beforeAll, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { inTime } from '../../../service/deadline.ts'
import { IndexReader } from '../../../service/search/index-reader.ts'
import { untilSettled } from '../../../service/search/until-settled.ts'
import type { Database, Sql } from '../../../service/store/database.ts'
import { addFiles, emptyDatabase } from './indexed.ts'

let database: Database
beforeAll(async () => {
  database = await emptyDatabase()
})
afterAll(() => database.close())

/** Returns a reader, and the number of times it has read all files of a repository. */
function reading(name: string) {
  let reads = 0
  const counted = (sql: Sql): Sql => ({
    ...sql,
    query: (text, values) => {
      if (/from file\s+where segment_id = any|join file on [^;]*reader\.generation\)$/.test(text)) reads++
      return sql.query(text, values)
    },
  })
  const seen: Database = {
    ...database,
    ...counted(database),
    snapshot: (work) => database.snapshot((sql) => work(counted(sql))),
  }
  const reader = new IndexReader(seen)
  const filter = { scope: EVERY_REPOSITORY, repository: name }
  const rows = () =>
    untilSettled(async () => {
      const { tables, confirmed } = await reader.files(filter)
      return (await confirmed) && tables.flatMap((table) => table.files.map(({ row }) => row))
    })
  return {
    reads: () => reads,
    paths: async () => (await rows()).map(({ path }) => path),
    ids: async () => new Map((await rows()).map(({ path, id }) => [path, id])),
    segments: async () =>
      (await reader.view(filter, () => [])).segments.map(({ files }) => files.map(({ row }) => row.path)),
  }
}

const files = (...paths: string[]) => paths.map((path) => ({ path, text: `text of ${path}` }))

test('After an edit only newer rows are read, and every file is in its place', async () => {
  await addFiles(database, 'edited', files('a.ts', 'b.ts', 'c.ts'))
  const { reads, paths, ids, segments } = reading('edited')
  const before = await ids()
  await addFiles(database, 'edited', [{ path: 'b.ts', text: 'another text' }])
  expect(await paths()).toEqual(['a.ts', 'b.ts', 'c.ts'])
  const after = await ids()
  expect(after.get('a.ts')).toBe(before.get('a.ts'))
  expect(after.get('b.ts')).not.toBe(before.get('b.ts'))
  expect(await segments()).toEqual([['a.ts', 'c.ts'], ['b.ts']])
  expect(reads()).toBe(1)
})

test('New files are inserted in order, and only newer rows are read', async () => {
  await addFiles(database, 'grown', files('b.ts', 'd.ts'))
  const { reads, paths, segments } = reading('grown')
  expect(await paths()).toEqual(['b.ts', 'd.ts'])
  await addFiles(database, 'grown', files('a.ts', 'c.ts', 'd.ts', 'e.ts'))
  expect(await paths()).toEqual(['a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts'])
  expect(await segments()).toEqual([['b.ts'], ['a.ts', 'c.ts', 'd.ts', 'e.ts']])
  expect(reads()).toBe(1)
})

test('After a removed or replaced path all files are read', async () => {
  await addFiles(database, 'moved', files('a.ts', 'b.ts', 'c.ts'))
  const { reads, paths } = reading('moved')
  expect(await paths()).toEqual(['a.ts', 'b.ts', 'c.ts'])
  await addFiles(database, 'moved', files('c.ts'), ['a.ts'])
  expect(await paths()).toEqual(['b.ts', 'c.ts'])
  await addFiles(database, 'moved', files('d.ts'), ['b.ts'])
  expect(await paths()).toEqual(['c.ts', 'd.ts'])
  expect(reads()).toBe(3)
})

test('The table of a large repository is read once for all callers, even if none of them can wait for it', async () => {
  await addFiles(database, 'large', files('b.ts', 'c.ts'))
  await addFiles(database, 'large', files('a.ts'))
  const open = Promise.withResolvers<void>()
  let pages = 0
  const slow: Database = {
    ...database,
    query: async (text, values) => {
      if (text.includes('where segment_id = any')) {
        pages++
        await open.promise
      }
      return database.query(text, values)
    },
  }
  const reader = new IndexReader(slow, 2)
  const filter = { scope: EVERY_REPOSITORY, repository: 'large' }
  const hurried = [1, 2].map(() => inTime(50, () => reader.files(filter)))
  for (const { status } of await Promise.allSettled(hurried)) expect(status).toBe('rejected')
  expect(pages).toBe(1)
  open.resolve()
  const { tables } = await reader.files(filter)
  expect(tables.flatMap((table) => table.files.map(({ row }) => row.path))).toEqual(['a.ts', 'b.ts', 'c.ts'])
  expect(pages).toBe(1)
})

test('Paths in a question filter a large repository, even before its table is read', async () => {
  await addFiles(database, 'narrowed', files('src/a.ts', 'src/b.ts', 'lib/c.ts'))
  const reader = new IndexReader(database, 2)
  const { tables } = await reader.files({ scope: EVERY_REPOSITORY, repository: 'narrowed', within: ['src'] })
  expect(tables.flatMap((table) => table.files.map(({ row }) => row.path))).toEqual(['src/a.ts', 'src/b.ts'])
})

test('Many small repositories are read together, and what is cached of them is used by the next question', async () => {
  const many = await emptyDatabase()
  const statements: string[] = []
  const counted = (sql: Sql): Sql => ({
    ...sql,
    query: (text, values) => {
      statements.push(text)
      return sql.query(text, values)
    },
  })
  const seen: Database = {
    ...many,
    ...counted(many),
    snapshot: (work) => {
      statements.push('snapshot')
      return many.snapshot((sql) => work(counted(sql)))
    },
  }
  const reader = new IndexReader(seen)
  await many.query(
    "insert into repository (name, source) select 'r' || number, '/code/' || number from generate_series(1, 5000) as number",
  )
  await addFiles(many, 'one', files('a.ts'))
  await addFiles(many, 'two', files('b.ts', 'c.ts'))
  const all = { scope: EVERY_REPOSITORY }
  const paths = async () =>
    (await reader.view(all, () => [])).segments.map((each) => each.files.map(({ row }) => row.path))
  expect(await paths()).toEqual([['a.ts'], ['b.ts', 'c.ts']])
  expect(statements.length).toBeLessThan(30)
  statements.length = 0
  expect(await paths()).toEqual([['a.ts'], ['b.ts', 'c.ts']])
  expect(statements).not.toContain('snapshot')
  await many.close()
}, 60_000)
