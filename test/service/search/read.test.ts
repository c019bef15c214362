import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { enqueueJob } from '../../../service/store/jobs.ts'
import { addFiles, emptyDatabase, silent } from './indexed.ts'

let database: Database
beforeAll(async () => {
  database = await emptyDatabase()
  await addFiles(database, 'app', [
    { path: 'src/a.ts', text: 'one\ntwo\nthree\n' },
    { path: 'lib/a.ts', text: 'x' },
    { path: 'notes .md ', text: 'blank' },
  ])
})
afterAll(() => database.close())

const read = (path: string, startLine?: number, endLine?: number, repository = 'app') =>
  makeSearch({ database, log: silent }).read({
    scope: EVERY_REPOSITORY,
    repository,
    path,
    ...(startLine === undefined ? {} : { startLine }),
    ...(endLine === undefined ? {} : { endLine }),
  })

describe('reading', () => {
  test('returns the whole file if no lines are named', async () => {
    expect(await read('src/a.ts')).toEqual({
      repository: 'app',
      path: 'src/a.ts',
      language: 'typescript',
      startLine: 1,
      endLine: 3,
      totalLines: 3,
      text: 'one\ntwo\nthree',
    })
  })

  test.each([
    [2, 2, 'two'],
    [2, undefined, 'two\nthree'],
    [undefined, 2, 'one\ntwo'],
    [3, 99, 'three'],
  ])('returns the lines %s to %s', async (start, end, text) => {
    expect((await read('./src/a.ts', start, end)).text).toBe(text)
  })

  test('of a file whose name ends with a blank takes the name as it is', async () => {
    expect((await read('notes .md ')).text).toBe('blank')
  })

  test('of several files says that they are several', async () => {
    await expect(read('src/a.ts,lib/a.ts')).rejects.toMatchObject({
      code: 'request_invalid',
      message: 'path names 2 files',
    })
  })

  test.each(['%00', 'src%2Fa.ts%00', 'file:///src/%00', 'https://host/x/blob/main/a%00.ts', '["\\u0000"]'])(
    'of %s says that there is no such file, although the database accepts no NUL',
    async (path) => {
      await expect(read(path)).rejects.toMatchObject({ code: 'file_unknown' })
    },
  )

  test('refuses lines in the wrong order', async () => {
    await expect(read('src/a.ts', 3, 2)).rejects.toMatchObject({
      code: 'request_invalid',
      message: 'start_line 3 comes after end_line 2',
    })
  })

  test('reports the number of lines if more are requested', async () => {
    await expect(read('src/a.ts', 4)).rejects.toMatchObject({
      code: 'request_invalid',
      message: 'src/a.ts has 3 lines, and start_line is 4',
    })
  })

  test('a file that is not indexed suggests those of the same name', async () => {
    await expect(read('wrong/a.ts')).rejects.toMatchObject({
      code: 'file_unknown',
      message: 'app has no indexed file "wrong/a.ts"',
      remedy: 'Files of that name are: lib/a.ts, src/a.ts',
    })
    await expect(read('../../etc/passwd')).rejects.toMatchObject({ code: 'file_unknown' })
    await expect(read('')).rejects.toMatchObject({ code: 'file_unknown' })
    await expect(read('[z-a]{')).rejects.toMatchObject({ code: 'file_unknown' })
  })

  test.each(['src/a.ts#L2', 'src/a.ts#L2-L3', '"src/a.ts"', '`src/a.ts`', 'src%2Fa.ts'])(
    'accepts a file that is written as %s',
    async (path) => {
      expect((await read(path)).path).toBe('src/a.ts')
    },
  )

  test.each([
    ['src', 'src/'],
    ['./src/', 'src/'],
    ['.', './'],
  ])('the folder %s reports that it is a folder', async (path, folder) => {
    await expect(read(path)).rejects.toMatchObject({
      message: `${JSON.stringify(path)} is a folder`,
      remedy: `list_files lists the files in ${folder}`,
    })
  })

  test('reports during a first run what is read and what is not there yet', async () => {
    const id = await addFiles(database, 'growing', [{ path: 'early.ts', text: 'early' }])
    await database.query('update repository set indexed_at = null where id = $1', [id])
    await enqueueJob(database, id, 'index')
    expect((await read('early.ts', 1, 1, 'growing')).note).toContain('for the first time')
    await expect(read('late.ts', 1, 1, 'growing')).rejects.toThrow(/no indexed file "late.ts".*for the first time/)
  })

  test('an unknown repository suggests existing ones', async () => {
    await expect(read('src/a.ts', 1, 1, 'nope')).rejects.toMatchObject({ code: 'repository_unknown' })
  })
})
