import { once } from 'node:events'
import { chmodSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readRegularFile } from '../../../service/indexing/files/regular-file.ts'
import { walk } from '../../../service/indexing/files/walker.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { NOBODY, walked } from './walked.ts'

const MAX_BYTES = 1000

async function outcomes(root: string): Promise<Record<string, string>> {
  return Object.fromEntries(
    (await walked(root, MAX_BYTES)).map((found) => [found.path, 'skipped' in found ? found.skipped : 'found']),
  )
}

async function listenAt(path: string): Promise<void> {
  const server = createServer().listen(path)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
}

test('finds files in path order, with their size and a stamp of size and times', async () => {
  const root = temporaryFolder({ 'b.ts': 'bb', 'a/z.ts': 'z', 'a/b/c.ts': 'c', 'a.ts': 'a' })
  const { size, mtimeMs, ctimeMs } = statSync(join(root, 'b.ts'))
  const found = await walked(root, MAX_BYTES)
  expect(found.map(({ path }) => path)).toEqual(['a/b/c.ts', 'a/z.ts', 'a.ts', 'b.ts'])
  expect(found.at(-1)).toEqual({ path: 'b.ts', bytes: 2, stamp: `${size}:${mtimeMs}:${ctimeMs}` })
})

test('changes the stamp of a file when its content changes', async () => {
  const root = temporaryFolder({ 'a.ts': 'one' })
  const before = await walked(root, MAX_BYTES)
  writeFileSync(join(root, 'a.ts'), 'three')
  expect(await walked(root, MAX_BYTES)).not.toEqual(before)
})

test('reports why it leaves something out, without opening it', async () => {
  const root = temporaryFolder({
    'logo.PNG': 'x',
    'app.min.js': 'x',
    'large.ts': 'x'.repeat(1001),
    'empty.ts': '',
    'node_modules/x/index.js': 'x',
    'package-lock.json': '{}',
    'kept.ts': 'x',
  })
  await listenAt(join(root, 'socket.ts'))
  symlinkSync('kept.ts', join(root, 'link.ts'))
  symlinkSync('/', join(root, 'root'))
  symlinkSync('nowhere', join(root, 'dangling'))
  expect(await outcomes(root)).toEqual({
    'logo.PNG': 'binary',
    'app.min.js': 'minified',
    'large.ts': 'found',
    'empty.ts': 'found',
    node_modules: 'ignored',
    'package-lock.json': 'ignored',
    'socket.ts': 'special_file',
    'link.ts': 'symlink',
    root: 'symlink',
    dangling: 'symlink',
    'kept.ts': 'found',
  })
})

test('leaves out a name that is not UTF-8', async () => {
  const root = temporaryFolder({ 'kept.ts': 'x' })
  writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.of(0xe9), Buffer.from('.ts')]), 'x')
  expect(await outcomes(root)).toEqual({ 'caf\uFFFD.ts': 'not_utf8', 'kept.ts': 'found' })
})

test('recognises virtual environments and caches by their marker files, and leaves them out', async () => {
  const root = temporaryFolder({
    'env/pyvenv.cfg': 'home = /usr',
    'env/lib/a.py': 'x',
    'target/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55',
    'target/a.rs': 'x',
    'venv/a.py': 'x',
  })
  expect(await outcomes(root)).toEqual({ env: 'ignored', target: 'ignored', 'venv/a.py': 'found' })
})

test('never looks into .git, but walks a nested repository', async () => {
  const root = temporaryFolder({
    '.git/config': 'x',
    'inner/.git/config': 'x',
    'inner/a.ts': 'x',
    'sub/.git': 'gitdir: ..',
  })
  expect(await outcomes(root)).toEqual({ 'inner/a.ts': 'found' })
})

test('leaves out another worktree of the same repository, and walks one of another', async () => {
  const worktree = (repository: string, name: string) => ({
    [`root/trees/${name}/.git`]: `gitdir: ../../../${repository}/.git/worktrees/${name}\n`,
    [`root/trees/${name}/a.ts`]: 'x',
    [`${repository}/.git/worktrees/${name}/gitdir`]: `../../../../root/trees/${name}/.git\n`,
    [`${repository}/.git/worktrees/${name}/commondir`]: '../..\n',
  })
  const base = temporaryFolder({ 'root/a.ts': 'x', ...worktree('root', 'own'), ...worktree('other', 'foreign') })
  expect(await outcomes(join(base, 'root'))).toEqual({
    'a.ts': 'found',
    'trees/foreign/a.ts': 'found',
    'trees/own': 'worktree',
  })
})

test.skipIf(process.getuid?.() === 0)('continues behind a folder that it may not read', async () => {
  const root = temporaryFolder({ 'closed/a.ts': 'x', 'open/a.ts': 'x' })
  chmodSync(join(root, 'closed'), 0)
  expect(await walked(root, MAX_BYTES)).toMatchObject([
    { path: 'closed', skipped: 'unreadable', detail: 'EACCES' },
    { path: 'open/a.ts' },
  ])
  chmodSync(join(root, 'closed'), 0o700)
})

test('names the root and the remedy if the root cannot be walked', async () => {
  const root = temporaryFolder({ 'a.ts': 'x' })
  await expect(walked(join(root, 'missing'), MAX_BYTES)).rejects.toMatchObject({ code: 'path_not_found' })
  await expect(walked(join(root, 'a.ts'), MAX_BYTES)).rejects.toMatchObject({ code: 'path_not_a_folder' })
  await expect(walked(join(root, 'missing'), MAX_BYTES)).rejects.toThrow(join(root, 'missing'))
})

test.for(['linux', 'darwin'] as const)(
  'opens nothing through a link to the root or above it, as on %s',
  async (platform) => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)
    onTestFinished(() => void vi.restoreAllMocks())
    const root = temporaryFolder({ 'outside/tree/a.ts': 'x', 'inside/a.ts': 'x' })
    symlinkSync('outside', join(root, 'link'))
    await expect(walked(join(root, 'link'), MAX_BYTES)).rejects.toMatchObject({ code: 'path_not_allowed' })
    await expect(walked(join(root, 'link/tree'), MAX_BYTES)).rejects.toMatchObject({ code: 'path_not_allowed' })
    expect(readRegularFile(join(root, 'link/tree/a.ts'), MAX_BYTES)).toEqual({ fault: 'symlink' })
    expect(await outcomes(join(root, 'inside'))).toEqual({ 'a.ts': 'found' })
  },
)

test('ends if it is aborted', async () => {
  const root = temporaryFolder({ 'a.ts': 'x' })
  await expect(walked(root, MAX_BYTES, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
})

test('what a visitor keeps of a folder does not keep its entries in memory', async () => {
  const names = Array.from({ length: 20 }, (_, at) => `src/${at % 4}/${at}.ts`)
  const root = temporaryFolder({ ...Object.fromEntries(names.map((name) => [name, 'x'])), '.gitignore': '*.log\n' })
  const kept: unknown[] = []
  const found: WeakRef<object>[] = []
  const visitor = { opened: () => {}, entered: (...rules: unknown[]) => void kept.push(rules) }
  for await (const each of walk({ root, user: NOBODY }, { maxFileBytes: MAX_BYTES }, undefined, visitor)) {
    found.push(new WeakRef(each))
  }
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await vi.waitFor(() => {
    collect()
    expect(found.filter((each) => each.deref() !== undefined).length).toBeLessThan(2)
  })
  expect([found.length, kept.length]).toEqual([21, 6])
})
