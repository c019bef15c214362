import fc from 'fast-check'
import { RE2JS } from 're2js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import type { GrepRequest, SearchEngine } from '../../../service/search/contract.ts'
import { compileLineMatcher } from '../../../service/search/grep/line-matcher.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { addFiles, emptyDatabase, silent } from './indexed.ts'

let database: Database
let search: SearchEngine
beforeAll(async () => {
  database = await emptyDatabase()
  search = makeSearch({ database, log: silent })
  await addFiles(database, 'app', [
    { path: 'b.ts', text: 'one\nimport { x } from "y"\nthree\nfour' },
    { path: 'a.ts', text: 'import z\r\nconst a = $(z)\n' },
    { path: 'copy.ts', text: 'one\nimport { x } from "y"\nthree\nfour' },
    { path: 'c.py', text: 'import os', language: 'python' },
  ])
  await addFiles(database, 'lib', [{ path: 'z.ts', text: 'IMPORT' }])
})
afterAll(async () => {
  await search.close()
  await database.close()
})

const grep = (pattern: string, more: Partial<GrepRequest> = {}) =>
  search.grep({
    pattern,
    scope: EVERY_REPOSITORY,
    ignoreCase: false,
    context: 0,
    limit: 50,
    ...more,
  })
const placesOf = async (pattern: string, more: Partial<GrepRequest> = {}) =>
  (await grep(pattern, more)).matches.map(({ path, line }) => `${path}:${line}`)

describe('grep', () => {
  test.each([
    ['import', ['a.ts:1', 'b.ts:2', 'c.py:1', 'copy.ts:2']],
    ['^import \\w+$', ['a.ts:1', 'c.py:1']],
    ['\\bfrom "y"$', ['b.ts:2', 'copy.ts:2']],
    ['\\$\\(z\\)', ['a.ts:2']],
    ['^const .*z\\)$', ['a.ts:2']],
    ['one\\sthree', []],
    ['one.import', []],
    ['(?i)^import$', ['z.ts:1']],
    ['\\Athree\\z', ['b.ts:3', 'copy.ts:3']],
    ['x|z', ['a.ts:1', 'a.ts:2', 'b.ts:2', 'copy.ts:2']],
  ])('finds the lines that %s matches, in the order of paths', async (pattern, places) => {
    expect(await placesOf(pattern)).toEqual(places)
  })

  test('ignores case if asked', async () => {
    expect(await placesOf('import', { ignoreCase: true })).toContain('z.ts:1')
  })

  test('can be limited to a repository, a language and a glob', async () => {
    expect(await placesOf('(?i)import', { repository: 'lib' })).toEqual(['z.ts:1'])
    expect(await placesOf('import', { languages: ['python'] })).toEqual(['c.py:1'])
    expect(await placesOf('import', { path: 'c*' })).toEqual(['c.py:1', 'copy.ts:2'])
  })

  test('shows the lines around a match, without line ends', async () => {
    const { matches } = await grep('from', { context: 1, path: 'b.ts' })
    expect(matches).toEqual([
      { repository: 'app', path: 'b.ts', line: 2, text: 'import { x } from "y"', before: ['one'], after: ['three'] },
    ])
    expect((await grep('import z', { context: 5 })).matches[0]).toMatchObject({ before: [], after: ['const a = $(z)'] })
  })

  test('stops at the limit and says that there is more', async () => {
    const some = await grep('import', { limit: 2 })
    expect(some.matches).toHaveLength(2)
    expect(some.truncated).toBe(true)
    const all = await grep('import', { limit: 4 })
    expect(all.truncated).toBe(false)
    expect(all).toMatchObject({ files: 5, filesSearched: 5 })
  })

  test.each(['(', 'a**b(', '(?=x)', '(a)\\1', '[z-a]'])('refuses %s as a pattern', async (pattern) => {
    await expect(grep(pattern)).rejects.toMatchObject({
      code: 'pattern_invalid',
      message: expect.stringContaining(JSON.stringify(pattern)),
    })
  })

  test.each([
    ['*.ts', /belongs in path/],
    ['**.py', /belongs in path/],
    ['a**b(', /^Escape characters/],
  ])('says what to do instead of %s', async (pattern, remedy) => {
    await expect(grep(pattern)).rejects.toMatchObject({ remedy: expect.stringMatching(remedy) })
  })

  test('stays linear where a backtracking engine would not', async () => {
    const matcher = compileLineMatcher('(a+)+$', false)
    expect(matcher.find(`${'a'.repeat(50_000)}b`)).toBe(-1)
  })
})

describe('a line matcher', () => {
  const pattern = fc.oneof(
    fc.constantFrom('ab', '\\bab', 'a.b', 'a\\.b', '^a', 'b$', 'a+b', '(a|b)c', '[^a]', 'a\\s', 'A'),
    fc.stringMatching(/^[abc ]{1,4}$/),
  )

  test('agrees with the regular expression, line by line', () => {
    fc.assert(
      fc.property(
        pattern,
        fc.boolean(),
        fc.array(fc.stringMatching(/^[abcA. ]{0,8}$/), { maxLength: 5 }),
        (regex, ignoreCase, lines) => {
          const matcher = compileLineMatcher(regex, ignoreCase)
          const expected = RE2JS.compile(regex, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
          const found = lines.filter((line) => expected.test(line))
          expect(lines.filter((line) => matcher.find(line) >= 0)).toEqual(found)
          expect(found.length === 0 || matcher.mayMatch(lines.join('\n'))).toBe(true)
        },
      ),
    )
  })
})
