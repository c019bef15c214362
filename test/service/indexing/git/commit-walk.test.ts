import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GitServer } from '../../../fakes/git-server.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { walked } from '../walked.ts'
import { opened, remotesWith } from './opened-tree.ts'

const server = new GitServer()
beforeAll(() => server.start())
afterAll(() => server.stop())

test('finds and leaves out the same files as a walk over a folder in which git tracks them', async () => {
  const files = {
    '.gitignore': '*.log\nbuild/\n/top.ts\n!keep.log\n',
    '.mcpignore': 'private/\n',
    'a.log': 'x',
    'keep.log': 'x',
    'top.ts': 'x',
    'sub/top.ts': 'x',
    'sub/.gitignore': '!debug.log\n!build/\n',
    'sub/debug.log': 'x',
    'sub/other.log': 'x',
    'sub/build/a.ts': 'x',
    'build/deep/a.ts': 'x',
    'private/a.ts': 'x',
    'node_modules/x/index.js': 'x',
    'package-lock.json': '{}',
    'logo.PNG': 'x',
    'app.min.js': 'x',
    'large.ts': 'x'.repeat(1001),
    'empty.ts': '',
    'env/pyvenv.cfg': 'home = /usr',
    'env/lib/a.py': 'x',
    'émigré/ü.ts': 'x',
    'with space/a b.ts': 'x',
  }
  server.create('same', files)
  const folder = temporaryFolder(files)
  for (const args of [
    ['init', '-q'],
    ['add', '-f', '.'],
  ])
    execFileSync('git', args, { cwd: folder })
  const inFolder = await walked(folder, 1000)
  const expected = inFolder.map((found) => [found.path, 'skipped' in found ? `<${found.skipped}>` : 'found'] as const)
  const { files: indexed = {} } = (await opened(remotesWith(), server.url('same'))) ?? {}
  const shown = Object.entries(indexed).map(([path, text]) => [path, text.startsWith('<') ? text : 'found'] as const)
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(expected))
  expect(shown.length).toBeGreaterThan(15)
})
