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

test('tells capital letters from small ones, as git does', async () => {
  expect(await kept(temporaryFolder({ '.gitignore': 'Build\n', 'Build/a.ts': 'x', 'build/a.ts': 'x' }))).toEqual([
    'build/a.ts',
  ])
})

test('obeys .git/info/exclude, and .mcpignore above .gitignore', async () => {
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

test('brings back what is left out by default', async () => {
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

const hasGit = ['/usr/bin/git', '/usr/local/bin/git', '/opt/homebrew/bin/git'].some((path) => existsSync(path))

test.skipIf(!hasGit)('keeps exactly the files that git would list', { timeout: 120_000 }, async () => {
  const name = fc.constantFrom('a', 'b', 'foo', 'a.log', 'x y')
  const pattern = fc
    .tuple(
      fc.constantFrom('', '!', '!', '/'),
      fc.constantFrom(
        'a',
        'b',
        'foo',
        '*',
        '**',
        '*.log',
        'f?o',
        '[ab]',
        '[!a]',
        'a/b',
        '**/b',
        'foo/**',
        'a/**/b',
        'x y',
        'x\\ y',
      ),
      fc.constantFrom('', '', '/'),
    )
    .map((parts) => parts.join(''))
  const rules = fc.array(pattern, { maxLength: 5 }).map((lines) => lines.join('\n'))
  const folder = fc
    .array(fc.constantFrom('a', 'b', 'foo'), { maxLength: 2 })
    .map((parts) => parts.map((part) => `${part}/`).join(''))
  const tree = fc.record({
    files: fc.uniqueArray(
      fc.tuple(folder, name).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 8 },
    ),
    rules: fc.uniqueArray(fc.tuple(folder, rules), { selector: ([where]) => where, maxLength: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(tree, async ({ files, rules: ruleFiles }) => {
      const root = temporaryFolder()
      execFileSync('git', ['init', '-q', root])
      for (const path of withoutClashes(files)) writeInto(root, path, 'x')
      for (const [where, text] of ruleFiles) if (fits(where, files)) writeInto(root, `${where}.gitignore`, text)
      const listed = execFileSync('git', ['-C', root, 'ls-files', '-co', '--exclude-standard', '-z'], {
        encoding: 'utf8',
      })
      const expected = listed.split('\0').filter((path) => path !== '' && !path.endsWith('ignore'))
      expect(await kept(root)).toEqual(expected.sort())
    }),
    { numRuns: 60 },
  )
})

/** Without files that stand where another needs a folder. */
function withoutClashes(files: readonly string[]): string[] {
  return files.filter((path) => !files.some((other) => other.startsWith(`${path}/`)))
}

const fits = (folder: string, files: readonly string[]) =>
  !withoutClashes(files).some((path) => `${folder}.gitignore`.startsWith(`${path}/`))
