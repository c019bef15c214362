import { execFileSync } from 'node:child_process'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { temporaryFolder, writeInto } from './temporary-folder.ts'
import { walked } from './walked.ts'

async function kept(root: string): Promise<string[]> {
  const found = await walked(root, 1e9)
  return found.flatMap((each) => ('skipped' in each || each.path.endsWith('ignore') ? [] : each.path)).sort()
}

test('obeys nested files, negation and anchors', async () => {
  const root = temporaryFolder({
    '.gitignore': '*.log\n/top.ts\nbuild/\n!keep.log\ndocs/**/draft.md\n# a comment\n\\#odd.ts\n',
    'sub/.gitignore': '!debug.log\n/only-here.ts\n',
    'a.log': 'x',
    'keep.log': 'x',
    'top.ts': 'x',
    'sub/top.ts': 'x',
    'sub/debug.log': 'x',
    'sub/other.log': 'x',
    'sub/only-here.ts': 'x',
    'sub/deep/only-here.ts': 'x',
    'build/a.ts': 'x',
    'sub/build/a.ts': 'x',
    'docs/a/b/draft.md': 'x',
    'docs/final.md': 'x',
    '#odd.ts': 'x',
  })
  expect(await kept(root)).toEqual([
    'docs/final.md',
    'keep.log',
    'sub/debug.log',
    'sub/deep/only-here.ts',
    'sub/top.ts',
  ])
})

test('is case-sensitive, like git', async () => {
  expect(await kept(temporaryFolder({ '.gitignore': 'Build\n', 'Build/a.ts': 'x', 'build/a.ts': 'x' }))).toEqual([
    'build/a.ts',
  ])
})

test('obeys .git/info/exclude, and .mcpignore takes precedence over .gitignore', async () => {
  const root = temporaryFolder({
    '.git/info/exclude': 'local.ts\nshared.ts\n',
    '.gitignore': '!shared.ts\ngenerated.ts\n',
    '.mcpignore': '!generated.ts\nprivate/\n',
    'local.ts': 'x',
    'shared.ts': 'x',
    'generated.ts': 'x',
    'private/a.ts': 'x',
  })
  expect(await kept(root)).toEqual(['generated.ts', 'shared.ts'])
})

test('can bring back what is left out by default', async () => {
  const root = temporaryFolder({
    '.mcpignore': '!node_modules/\n!yarn.lock\n',
    'node_modules/a.js': 'x',
    'yarn.lock': 'x',
  })
  expect(await kept(root)).toEqual(['node_modules/a.js', 'yarn.lock'])
})

test('ignores rules behind a link and the end of a huge file of rules', async () => {
  const root = temporaryFolder({
    'rules.txt': 'a.ts\n',
    'huge/.gitignore': `first.ts\n${'# filler\n'.repeat(60_000)}last.ts\n`,
    'a.ts': 'x',
    'huge/first.ts': 'x',
    'huge/last.ts': 'x',
  })
  symlinkSync('rules.txt', join(root, '.gitignore'))
  expect(await kept(root)).toEqual(['a.ts', 'huge/last.ts', 'rules.txt'])
})

test('skips a rule that is too long or matches nothing, and reports its line but not its text', async () => {
  const rules = `${'a'.repeat(70_000)}\nbuild/\n[secret\n*.log\nsecret\\\n`
  const root = temporaryFolder({ 'sub/.gitignore': rules, 'sub/build/a.ts': 'x', 'sub/a.log': 'x', 'sub/a.ts': 'x' })
  const found = await walked(root, 1e9)
  expect(found.filter((each) => 'skipped' in each && each.skipped === 'ignore_rule')).toEqual([
    {
      path: 'sub/.gitignore',
      skipped: 'ignore_rule',
      detail: 'line 1 is longer than 4096 bytes, line 3 matches nothing, line 5 matches nothing',
    },
  ])
  expect(await kept(root)).toEqual(['sub/a.ts'])
})

test('reports where an ignore file is truncated, and where all rules in force are too large', async () => {
  const filler = `${'# filler\n'.repeat(25_000)}*.log\n`
  const folders = ['a/', 'a/b/', 'a/b/c/', 'a/b/c/d/', 'a/b/c/d/e/']
  const root = temporaryFolder({
    ...Object.fromEntries(folders.map((folder) => [`${folder}.gitignore`, filler])),
    'a/b/c/d/e/.gitignore': `late.ts\n${filler}`,
    'a/b/c/d/e/late.ts': 'x',
    '.gitignore': `${filler}${filler}`,
  })
  const told = (await walked(root, 1e9)).filter((each) => 'skipped' in each && each.skipped === 'ignore_rule')
  expect(told).toEqual([
    { path: '.gitignore', skipped: 'ignore_rule', detail: 'only its first 262139 bytes count' },
    {
      path: 'a/b/c/d/.gitignore',
      skipped: 'ignore_rule',
      detail: expect.stringMatching(/^only its first \d+ bytes count$/),
    },
    {
      path: 'a/b/c/d/e/.gitignore',
      skipped: 'ignore_rule',
      detail: expect.stringMatching(/^only its first \d bytes count$/),
    },
  ])
})

test('obeys the exclusions of a nested repository within it', async () => {
  const root = temporaryFolder({
    'inner/.git/info/exclude': 'private.ts\n',
    'inner/private.ts': 'x',
    'inner/a.ts': 'x',
    'private.ts': 'x',
  })
  expect(await kept(root)).toEqual(['inner/a.ts', 'private.ts'])
})

const hasGit = ['/usr/bin/git', '/usr/local/bin/git', '/opt/homebrew/bin/git'].some((path) => existsSync(path))

const NAMES = ['a', 'b', 'ab', 'foo', 'foob', 'a.log', 'x y', 'é', '#a', '!a', 'a*', 'b]', '-', 'A']
const PATTERNS = [
  ['a', 'b', 'foo', '*', '**', '***', '*.log', '*o', 'f?o', '?', '??', 'a*', '*a*b*', 'a**b', 'a.*'],
  [
    '[ab]',
    '[!a]',
    '[^a]',
    '[a-c]',
    '[]b]*',
    '[!]a]',
    '[b]]',
    '[[:alpha:]]',
    '[[:upper:]-]',
    '[[:nothing:]]',
    '[[:a]',
    '[',
  ],
  [
    'é',
    '[é]',
    '\\*',
    'a\\*',
    'a\\',
    '\\!a',
    '\\#a',
    '#a',
    '\\a',
    'x y',
    'x\\ y',
    'x y ',
    'a\\ ',
    'a ',
    'a\r',
    '[a-',
    '[\\]b]]',
  ],
  [
    'a/b',
    '**/b',
    '**/*b',
    'foo/**',
    'a/**/b',
    '**/a/**',
    'a/*',
    '*/b',
    '*/*',
    'foo**/b',
    'f**b/a',
    '/**/b',
    '**/',
    'a//',
    '//a',
    '/',
  ],
  ['a[/]b', '[a/]b', 'a/[ab]', 'a\\/b', '**/**/b', '***/b', 'f*/**/a', 'a/**b', '/f*', '/*/a', 'a/.'],
].flat()

/** Returns trees of files in nested folders, with ignore files. */
function trees(count: number) {
  const pattern = fc
    .tuple(fc.constantFrom('', '!', '/', '!/', ''), fc.constantFrom(...PATTERNS), fc.constantFrom('', '', '/'))
    .map((parts) => parts.join(''))
  const folder = fc
    .array(fc.constantFrom('a', 'b', 'foo', 'foob'), { maxLength: 3 })
    .map((parts) => parts.map((part) => `${part}/`).join(''))
  const tree = fc.record({
    files: fc.uniqueArray(
      fc.tuple(folder, fc.constantFrom(...NAMES)).map((parts) => parts.join('')),
      { minLength: 4, maxLength: 12 },
    ),
    rules: fc.uniqueArray(
      fc.tuple(
        folder,
        fc.array(pattern, { maxLength: 5 }).map((lines) => lines.join('\n')),
      ),
      { selector: ([where]) => where, minLength: 1, maxLength: 4 },
    ),
  })
  return fc.sample(tree, count)
}

test.skipIf(!hasGit)('keeps exactly the files that git would list', async () => {
  const root = temporaryFolder()
  execFileSync('git', ['init', '-q', root])
  for (const [at, { files, rules }] of trees(250).entries()) {
    for (const path of withoutClashes(files)) writeInto(root, `${at}/${path}`, 'x')
    for (const [where, text] of rules) if (fits(where, files)) writeInto(root, `${at}/${where}.gitignore`, text)
  }
  const listed = execFileSync('git', ['-C', root, 'ls-files', '-co', '--exclude-standard', '-z'], { encoding: 'utf8' })
  const expected = listed.split('\0').filter((path) => path !== '' && !path.endsWith('ignore'))
  expect(await kept(root)).toEqual(expected.sort())
})

/** Drops files whose path is also a folder of another file. */
function withoutClashes(files: readonly string[]): string[] {
  return files.filter((path) => !files.some((other) => other.startsWith(`${path}/`)))
}

const fits = (folder: string, files: readonly string[]) =>
  !withoutClashes(files).some((path) => `${folder}.gitignore`.startsWith(`${path}/`))
