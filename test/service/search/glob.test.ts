import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { globToPattern } from '../../../service/search/glob.ts'
import type { Database } from '../../../service/store/database.ts'
import { emptyDatabase } from './indexed.ts'

const PATHS = [
  'a.ts',
  'src/a.ts',
  'src/b.test.ts',
  'src/deep/c.tsx',
  'src/deep/er/d.go',
  'docs/[x].md',
  'a+b.ts',
  'x{1}.ts',
]

describe('a glob', () => {
  let database: Database
  beforeAll(async () => {
    database = await emptyDatabase()
  })
  afterAll(() => database.close())

  const matching = async (glob: string) =>
    (
      await database.query<{ path: string }>('select path from unnest($1::text[]) as path where path ~ $2', [
        PATHS,
        globToPattern(glob),
      ])
    ).map(({ path }) => path)

  test.each([
    ['*.go', ['src/deep/er/d.go']],
    ['a.ts', ['a.ts', 'src/a.ts']],
    ['/a.ts', ['a.ts', 'src/a.ts']],
    ['src/*.ts', ['src/a.ts', 'src/b.test.ts']],
    ['./src/*.ts', ['src/a.ts', 'src/b.test.ts']],
    ['src/**', ['src/a.ts', 'src/b.test.ts', 'src/deep/c.tsx', 'src/deep/er/d.go']],
    ['src/deep/', ['src/deep/c.tsx', 'src/deep/er/d.go']],
    ['src/**/d.go', ['src/deep/er/d.go']],
    ['**/a.ts', ['a.ts', 'src/a.ts']],
    ['**/*.test.ts', ['src/b.test.ts']],
    ['src/**/*.{ts,tsx}', ['src/a.ts', 'src/b.test.ts', 'src/deep/c.tsx']],
    ['?.ts', ['a.ts', 'src/a.ts']],
    ['[ab].ts', ['a.ts', 'src/a.ts']],
    ['[!a].go', ['src/deep/er/d.go']],
    ['[[]x].md', ['docs/[x].md']],
    ['a+b.ts', ['a+b.ts']],
    ['x{1}.ts', []],
    ['nothing', []],
    ['{', []],
    ['(', []],
    ['a,b', []],
    ['\\', []],
  ])('%s means %j', async (glob, expected) => {
    expect(await matching(glob)).toEqual(expected)
  })

  test('that is none is named in the fault', () => {
    expect(() => globToPattern('[z-a].ts')).toThrow(expect.objectContaining({ code: 'request_invalid' }))
  })
})
