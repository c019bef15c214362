import { describe, expect, test } from 'vitest'
import { compileGlob } from '../../../service/search/paths/glob.ts'

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

const HOSTILE_GLOBS = [
  { what: 'a thousand stars', glob: '*'.repeat(1000) },
  { what: 'folders over and over', glob: '**/'.repeat(333) },
  { what: 'a star before each letter', glob: '*a'.repeat(500) },
  { what: 'some stars that lead nowhere', glob: `${'*a'.repeat(20)}*b` },
  { what: 'a star before many question marks', glob: `*a${'?'.repeat(40)}` },
  { what: 'alternatives that multiply', glob: `${'{a,aa}'.repeat(160)}b` },
  { what: 'nested braces', glob: `${'{'.repeat(499)}a${'}'.repeat(499)}` },
  { what: 'nested alternatives', glob: `${'{*a,'.repeat(200)}b${'}'.repeat(199)}` },
  { what: 'folders and stars in turn', glob: `${'**/a*'.repeat(199)}b` },
  { what: 'classes around a star', glob: `${'[!b]'.repeat(100)}*${'[a-z]'.repeat(100)}` },
]

/** Returns the paths that match. Each must have the glob's prefix and suffix, because the database filters by these. */
function matching(glob: string): string[] {
  const { prefix, suffix, matches } = compileGlob(glob)
  const passed = PATHS.filter(matches)
  expect(passed.filter((path) => !`/${path}`.startsWith(prefix) || !`/${path}`.endsWith(suffix))).toEqual([])
  return passed
}

describe('a glob', () => {
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
  ])('%s means %j', (glob, expected) => {
    expect(matching(glob)).toEqual(expected)
  })

  test('that is invalid is named in the fault', () => {
    expect(() => compileGlob('[z-a].ts')).toThrow(expect.objectContaining({ code: 'request_invalid' }))
  })

  test.each([
    ['src/**/*.test.ts', '/src/', '.test.ts'],
    ['/src/a.ts', '/src/a.ts', '/src/a.ts'],
    ['a.ts', '/', '/a.ts'],
    ['src/{a,b}.ts', '/src/', '.ts'],
    ['**', '/', ''],
  ])('%s makes the database filter by the prefix %s and the suffix %s', (glob, prefix, suffix) => {
    expect(compileGlob(glob)).toMatchObject({ prefix, suffix })
  })

  test.each(HOSTILE_GLOBS)('$what is matched against 12,000 paths within two seconds', ({ glob }) => {
    const paths = Array.from({ length: 12_000 }, (_, at) => `aaaaaaaa/${'a'.repeat(at % 60)}/aaaa_${at}aaaaaaaaa.ts`)
    const started = performance.now()
    const { matches } = compileGlob(glob)
    for (const path of paths) matches(path)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
