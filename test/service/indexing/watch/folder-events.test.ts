import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ChangeSource } from '../../../../service/indexing/watch/change-source.ts'
import { openFolderEvents } from '../../../../service/indexing/watch/folder-events.ts'
import { openFolderPolls } from '../../../../service/indexing/watch/folder-polls.ts'
import { temporaryFolder, writeInto } from '../temporary-folder.ts'
import { NOBODY } from '../walked.ts'

interface Listening {
  readonly source: ChangeSource
  readonly root: string
  /** Waits for changes, and returns the sorted paths reported until it is quiet for a moment. */
  readonly told: () => Promise<string[]>
  /** The same without waiting for changes. */
  readonly toldNow: () => Promise<string[]>
  readonly heard: { changes: number; git: number; lost: string[] }
}

type Open = (root: string, heard: Listening['heard']) => Promise<ChangeSource>

const listenerFor = (heard: Listening['heard']) => ({
  changed: () => void heard.changes++,
  gitChanged: () => void heard.git++,
  lost: (reason: string) => void heard.lost.push(reason),
})

const WAYS: [string, Open, number][] = [
  [
    'a watcher for each folder',
    (root, heard) => openFolderEvents({ root, user: NOBODY }, listenerFor(heard), undefined, false),
    150,
  ],
  [
    'one watcher for all folders',
    (root, heard) => openFolderEvents({ root, user: NOBODY }, listenerFor(heard), undefined, true),
    300,
  ],
  [
    'polling',
    async (root, heard) => {
      const source = openFolderPolls({ root, user: NOBODY }, listenerFor(heard), { intervalMs: 30 })
      await firstPollOf(source, root)
      return source
    },
    400,
  ],
]

/** On a busy machine. */
const PATIENCE_MS = 30_000

/** Waits until changes are noticed. */
async function firstPollOf(source: ChangeSource, root: string): Promise<void> {
  const probe = join(root, 'probe')
  await expect
    .poll(
      async () => {
        writeFileSync(probe, String(performance.now()))
        return source.take()
      },
      { timeout: PATIENCE_MS },
    )
    .not.toEqual([])
  unlinkSync(probe)
  await expect.poll(() => source.take(), { timeout: PATIENCE_MS }).toEqual(['probe'])
}

async function listening(open: Open, settleMs: number, files: Record<string, string>): Promise<Listening> {
  const root = temporaryFolder(files)
  const heard = { changes: 0, git: 0, lost: [] as string[] }
  const source = await open(root, heard)
  onTestFinished(() => source.close())
  await delay(settleMs)
  const toldWithin = async (patienceMs: number) => {
    const until = performance.now() + patienceMs
    await delay(settleMs)
    let first = await source.take()
    while (first.length === 0 && performance.now() < until) {
      await delay(settleMs)
      first = await source.take()
    }
    // A new folder is only watched from here on, so look again.
    await delay(settleMs / 2)
    return [...new Set([...first, ...(await source.take())])].sort()
  }
  return { source, root, told: () => toldWithin(PATIENCE_MS), toldNow: () => toldWithin(0), heard }
}

/** Tells whether a path or one of its folders was reported. */
const covers = (told: readonly string[], path: string) =>
  told.some((each) => each === '' || each === path || path.startsWith(`${each}/`))

describe.each(WAYS)('Changes noticed by %s', (_, open, settleMs) => {
  test('are the paths of files that are written, created and deleted', async () => {
    const { root, told } = await listening(open, settleMs, { 'a.ts': 'a', 'src/b.ts': 'b', 'src/c.ts': 'c' })
    writeInto(root, 'a.ts', 'changed')
    writeInto(root, 'src/new.ts', 'new')
    unlinkSync(join(root, 'src/c.ts'))
    expect(await told()).toEqual(['a.ts', 'src/c.ts', 'src/new.ts'])
  })

  test('are the path of the file that an editor replaces, whatever else it writes', async () => {
    const { root, told } = await listening(open, settleMs, { 'src/a.ts': 'a' })
    writeInto(root, 'src/.a.ts.swp~', 'changed')
    renameSync(join(root, 'src/.a.ts.swp~'), join(root, 'src/a.ts'))
    expect(await told()).toContain('src/a.ts')
  })

  test('include those in a new folder, also later ones', async () => {
    const { root, told } = await listening(open, settleMs, { 'a.ts': 'a' })
    writeInto(root, 'fresh/deep/new.ts', 'new')
    expect(covers(await told(), 'fresh/deep/new.ts')).toBe(true)
    writeInto(root, 'fresh/deep/later.ts', 'later')
    expect(covers(await told(), 'fresh/deep/later.ts')).toBe(true)
  })

  test('include both ends of a moved folder, and later changes at its new place', async () => {
    const { root, told } = await listening(open, settleMs, { 'one/in/a.ts': 'a', 'b.ts': 'b' })
    renameSync(join(root, 'one'), join(root, 'two'))
    const paths = await told()
    expect(covers(paths, 'one/in/a.ts') && covers(paths, 'two/in/a.ts')).toBe(true)
    appendFileSync(join(root, 'two/in/a.ts'), 'more')
    expect(covers(await told(), 'two/in/a.ts')).toBe(true)
  })

  test('are both paths where a file takes the place of a folder', async () => {
    const { root, told } = await listening(open, settleMs, { 'src/a.ts/inner.ts': 'a', 'b.ts': 'b' })
    renameSync(join(root, 'src/a.ts/inner.ts'), join(root, 'src/c.ts'))
    rmSync(join(root, 'src/a.ts'), { recursive: true })
    renameSync(join(root, 'src/c.ts'), join(root, 'src/a.ts'))
    const paths = await told()
    expect(covers(paths, 'src/a.ts') && covers(paths, 'src/a.ts/inner.ts')).toBe(true)
  })

  test('exclude folders and files that are left out', async () => {
    const files = { '.gitignore': 'build/\n*.log\n', 'a.ts': 'a', 'build/x.js': 'x', 'node_modules/p/i.js': 'i' }
    const { root, toldNow } = await listening(open, settleMs, files)
    for (const path of ['build/x.js', 'build/new/y.js', 'node_modules/p/i.js', 'server.log']) writeInto(root, path, 'z')
    expect((await toldNow()).filter((path) => !['build', 'node_modules', 'server.log'].includes(path))).toEqual([])
  })

  test('include a whole folder if its ignore file changes, and then what that brings back', async () => {
    const { root, told } = await listening(open, settleMs, {
      'src/.gitignore': 'out/\n',
      'src/out/a.ts': 'a',
      'b.ts': 'b',
    })
    writeInto(root, 'src/.gitignore', '# nothing\n')
    expect(covers(await told(), 'src/out/a.ts')).toBe(true)
    writeInto(root, 'src/out/a.ts', 'changed')
    expect(covers(await told(), 'src/out/a.ts')).toBe(true)
  })

  test('include a folder that becomes a link, and nothing at its target', async () => {
    const outside = temporaryFolder({ 'a.ts': 'outside' })
    const { root, told, toldNow } = await listening(open, settleMs, { 'src/a.ts': 'a', 'b.ts': 'b' })
    rmSync(join(root, 'src'), { recursive: true })
    symlinkSync(outside, join(root, 'src'))
    expect(covers(await told(), 'src/a.ts')).toBe(true)
    writeInto(outside, 'a.ts', 'changed')
    expect(await toldNow()).toEqual([])
  })
})

// Skips Node's recursive watcher: on Linux it takes minutes for this many files, and the service uses it only
// elsewhere.
test.each([0, 2])('Changes are everything if thousands come at once, way %i', async (at) => {
  const [, open, settleMs] = WAYS[at] as (typeof WAYS)[number]
  const { root, told, toldNow } = await listening(open, settleMs, { 'a.ts': 'a' })
  mkdirSync(join(root, 'many'))
  await toldNow()
  for (let number = 0; number < 2500; number++) writeFileSync(join(root, 'many', `${number}.ts`), 'x')
  expect(covers(await told(), 'many/2499.ts')).toBe(true)
})

test('A folder that was moved away is no longer watched', async () => {
  const [, open] = WAYS[0] as (typeof WAYS)[number]
  const elsewhere = temporaryFolder()
  const { root, told, toldNow, heard } = await listening(open, 150, { 'src/a.ts': 'a', 'b.ts': 'b' })
  renameSync(join(root, 'src'), join(elsewhere, 'src'))
  expect(await told()).toEqual(['src'])
  heard.changes = 0
  writeInto(elsewhere, 'src/a.ts', 'changed')
  expect(await toldNow()).toEqual([])
  expect(heard).toEqual({ changes: 0, git: 0, lost: [] })
})

test('Changes that git makes to its own files are reported separately', async () => {
  const [, open] = WAYS[0] as (typeof WAYS)[number]
  const { root, toldNow, heard } = await listening(open, 150, { '.git/HEAD': 'ref: refs/heads/main\n', 'a.ts': 'a' })
  writeInto(root, '.git/index', 'entries')
  writeInto(root, '.git/objects/aa/bb', 'object')
  expect(await toldNow()).toEqual([])
  expect(heard.git).toBeGreaterThan(0)
})

const hasGit = ['/usr/bin/git', '/usr/local/bin/git', '/opt/homebrew/bin/git'].some((path) => existsSync(path))

test.skipIf(!hasGit)(
  'what git begins or ceases to track is reported, and watched even if a rule excludes it',
  async () => {
    const [, open] = WAYS[0] as (typeof WAYS)[number]
    const files = { '.gitignore': 'build/\n', 'src/.gitignore': '*.gen.ts\n', 'a.ts': 'a', 'b.ts': 'b' }
    const { root, told } = await listening(open, 150, { ...files, 'build/deep/x.ts': 'x', 'src/y.gen.ts': 'y' })
    const git = (...args: string[]) => execFileSync('git', ['-C', root, ...args], { stdio: 'pipe' })
    git('init', '-q')
    expect(await told()).toEqual([''])
    git('add', 'a.ts')
    expect(await told()).toEqual(['a.ts'])
    git('add', '-f', 'src/y.gen.ts')
    expect(await told()).toEqual(['src'])
    writeInto(root, 'src/y.gen.ts', 'changed')
    expect(await told()).toEqual(['src/y.gen.ts'])
    git('add', '-f', 'build')
    expect(await told()).toEqual([''])
    writeInto(root, 'build/deep/x.ts', 'changed')
    expect(await told()).toEqual(['build/deep/x.ts'])
    git('rm', '-qf', '--cached', 'src/y.gen.ts')
    expect(await told()).toEqual(['src/y.gen.ts'])
  },
)

test('rules outside a folder, and settings of git, cause a scan of the whole folder', async () => {
  const top = temporaryFolder({
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/info/exclude': '',
    '.git/config': '',
    '.git/logs/HEAD': '',
    'pkg/a.ts': 'a',
  })
  const heard = { changes: 0, git: 0, lost: [] as string[] }
  const root = join(top, 'pkg')
  const source = await openFolderEvents({ root, user: NOBODY }, listenerFor(heard), undefined, false)
  onTestFinished(() => source.close())
  for (const path of ['.gitignore', '.git/info/exclude', '.git/config']) {
    writeFileSync(join(top, path), '# b.ts\n')
    await expect.poll(() => heard.changes).toBeGreaterThan(0)
    expect(await source.take()).toEqual([''])
    heard.changes = 0
  }
  appendFileSync(join(top, '.git/logs/HEAD'), 'a commit\n')
  await expect.poll(() => heard.git).toBeGreaterThan(0)
})

test('the search for folders to watch ends when nobody wants it any more', async () => {
  const files = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`pkg${at}/src/a.ts`, 'a']))
  const unwanted = new AbortController()
  const heard = { changes: 0, git: 0, lost: [] as string[] }
  const opening = openFolderEvents({ root: temporaryFolder(files), user: NOBODY }, listenerFor(heard), unwanted.signal)
  unwanted.abort(new Error('The worker is closing'))
  await expect(opening).rejects.toThrow('The worker is closing')
  expect(heard).toEqual({ changes: 0, git: 0, lost: [] })
})
