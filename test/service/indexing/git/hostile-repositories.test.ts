import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { MIB } from '../../../../service/units.ts'
import { GitServer, git } from '../../../fakes/git-server.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { opened, remotesWith } from './opened-tree.ts'

const server = new GitServer()
beforeAll(() => server.start())
afterAll(() => server.stop())

interface Entry {
  readonly mode: string
  readonly name: string | Buffer
  /** Content of a new blob. `object` instead names an existing object. */
  readonly text?: string | Buffer
  readonly object?: string
}

/** Creates a repository whose tree `make` returns. It may contain objects that git would refuse to write. */
function createRaw(name: string, make: (folder: string) => string): void {
  const folder = server.bare(name)
  mkdirSync(folder)
  git(folder, ['init', '--quiet', '--bare'])
  const commit = git(folder, ['commit-tree', make(folder), '-m', 'hostile'])
  git(folder, ['update-ref', 'refs/heads/main', commit])
}

function tree(folder: string, entries: readonly Entry[]): string {
  const items = entries.map(({ mode, name, text = '', object = writeObject(folder, 'blob', Buffer.from(text)) }) =>
    Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from('\0'), Buffer.from(object, 'hex')]),
  )
  return writeObject(folder, 'tree', Buffer.concat(items))
}

/** Stores an object without git's checks. */
function writeObject(folder: string, type: string, content: Buffer): string {
  const object = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content])
  const name = createHash('sha1').update(object).digest('hex')
  mkdirSync(join(folder, 'objects', name.slice(0, 2)), { recursive: true })
  writeFileSync(join(folder, 'objects', name.slice(0, 2), name.slice(2)), deflateSync(object))
  return name
}

const files = async (name: string, settings: Parameters<typeof remotesWith>[0] = {}) =>
  (await opened(remotesWith(settings), server.url(name)))?.files

test('runs nothing that a repository, its server or the settings of this user ask for', async () => {
  const root = temporaryFolder()
  const canary = join(root, 'canary')
  const touch = `touch ${canary}`
  const evil = [
    `[core]\n\tfsmonitor = ${touch}\n\thooksPath = ${root}/hooks\n\tsshCommand = ${touch}\n\tgitProxy = ${touch}\n\tpager = ${touch}\n\taskPass = ${touch}`,
    `[filter "evil"]\n\tsmudge = ${touch}\n\tclean = ${touch}\n\tprocess = ${touch}\n\trequired = true`,
    `[diff "evil"]\n\ttextconv = ${touch}\n\tcommand = ${touch}`,
    `[credential]\n\thelper = !${touch}\n[init]\n\ttemplateDir = ${root}/template\n[fetch]\n\trecurseSubmodules = true`,
    `[alias]\n\tfetch = !${touch}\n\tls-tree = !${touch}\n[uploadpack]\n\tpackObjectsHook = ${touch}`,
    `[url "ext::${touch}"]\n\tinsteadOf = http://\n[remote "origin"]\n\tuploadpack = ${touch}\n\tproxy = ext::${touch}`,
  ].join('\n')
  const hook = `#!/bin/sh\n${touch}\n`
  const hooks = ['post-checkout', 'post-merge', 'reference-transaction', 'pre-auto-gc', 'fsmonitor-watchman']
  createRaw('evil', (folder) =>
    tree(folder, [
      {
        mode: '100644',
        name: '.gitattributes',
        text: '* filter=evil diff=evil merge=evil ident working-tree-encoding=UTF-16\n',
      },
      { mode: '100644', name: '.gitconfig', text: evil },
      {
        mode: '40000',
        name: '.githooks',
        object: tree(
          folder,
          hooks.map((name) => ({ mode: '100755', name, text: hook })),
        ),
      },
      {
        mode: '100644',
        name: '.gitmodules',
        text: `[submodule "x"]\n\tpath = x\n\turl = ext::${touch}\n\tupdate = !${touch}\n`,
      },
      { mode: '100644', name: '.lfsconfig', text: `[lfs]\n\turl = ext::${touch}\n` },
      { mode: '100644', name: 'kept.ts', text: 'let kept' },
      { mode: '160000', name: 'x', object: 'a'.repeat(40) },
    ]),
  )
  writeFileSync(join(server.bare('evil'), 'config'), `[core]\n\trepositoryformatversion = 0\n\tbare = true\n${evil}`)
  for (const folder of [join(server.bare('evil'), 'hooks'), join(root, 'hooks'), join(root, 'template', 'hooks')]) {
    mkdirSync(folder, { recursive: true })
    for (const name of hooks) writeFileSync(join(folder, name), hook, { mode: 0o755 })
  }
  // Git settings of the user and of the process.
  const home = temporaryFolder({
    '.gitconfig': evil,
    '.config/git/config': evil,
    '.config/git/attributes': '* filter=evil',
  })
  for (const [name, value] of Object.entries({
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: touch,
    GIT_ASKPASS: touch,
    SSH_ASKPASS: touch,
    GIT_SSH_COMMAND: touch,
    GIT_EXTERNAL_DIFF: touch,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: root,
  })) {
    vi.stubEnv(name, value)
  }
  const clones = join(root, 'clones')
  const found = await files('evil', { clones: { folder: clones, maxBytes: 1e9 } })
  const again = await files('evil', { clones: { folder: clones, maxBytes: 1e9 } })
  vi.unstubAllEnvs()
  expect(again).toEqual(found)
  expect(found).toMatchObject({ 'kept.ts': 'let kept', '.gitattributes': expect.stringContaining('filter=evil') })
  expect(existsSync(canary)).toBe(false)
  const [clone = ''] = readdirSync(clones)
  expect(readdirSync(join(clones, clone)).sort()).toEqual(['HEAD', 'config', 'objects', 'refs', 'shallow'])
})

test('reads nothing outside a repository, neither through links nor through submodules', async () => {
  const root = temporaryFolder({ 'secret.txt': 'outside' })
  createRaw('outside', (folder) =>
    tree(folder, [
      { mode: '120000', name: 'absolute.ts', text: join(root, 'secret.txt') },
      { mode: '100644', name: 'kept.ts', text: 'let kept' },
      { mode: '120000', name: 'link', text: '../../..' },
      { mode: '160000', name: 'module', object: 'a'.repeat(40) },
      { mode: '100755', name: 'run.sh', text: 'echo' },
    ]),
  )
  expect(await files('outside')).toEqual({
    'absolute.ts': '<symlink>',
    link: '<symlink>',
    module: '<submodule>',
    'kept.ts': 'let kept',
    'run.sh': 'echo',
  })
})

test('leaves out names that lead elsewhere, and accepts those that only look odd', async () => {
  createRaw('names', (folder) => {
    const inner = tree(folder, [{ mode: '100644', name: 'passwd', text: 'x' }])
    return tree(folder, [
      ...['..', '.', '.git', '.GIT', '/etc', 'a/../..'].map((name) => ({ mode: '40000', name, object: inner })),
      { mode: '100644', name: Buffer.from([0x63, 0xe9]), text: 'x' },
      { mode: '100644', name: 'line\nfeed.ts', text: 'x' },
      { mode: '100644', name: '$(touch x)\t.ts', text: 'x' },
      { mode: '100644', name: '--output=x', text: 'x' },
      { mode: '100644', name: 'bidi\u202e.ts', text: 'x' },
    ])
  })
  expect(await files('names')).toEqual({
    '../passwd': '<special_file>',
    './passwd': '<special_file>',
    '.git/passwd': '<special_file>',
    '.GIT/passwd': '<special_file>',
    '/etc/passwd': '<special_file>',
    'a/../../passwd': '<special_file>',
    'c\uFFFD': '<not_utf8>',
    'line\nfeed.ts': 'x',
    '$(touch x)\t.ts': 'x',
    '--output=x': 'x',
    'bidi\u202e.ts': 'x',
  })
})

test('refuses an endless tree immediately', async () => {
  createRaw('bomb', (folder) => {
    let object = tree(folder, [{ mode: '100644', name: 'f', text: 'boom' }])
    for (let level = 0; level < 9; level++) {
      object = tree(
        folder,
        Array.from({ length: 10 }, (_, at) => ({ mode: '40000', name: `folder-${at}`, object })),
      )
    }
    return object
  })
  await expect(files('bomb')).rejects.toMatchObject({ code: 'repository_too_large' })
})

test('leaves out files that are nested too deeply', async () => {
  createRaw('deep', (folder) => {
    let object = tree(folder, [{ mode: '100644', name: 'f', text: 'deep' }])
    for (let level = 0; level < 1500; level++) object = tree(folder, [{ mode: '40000', name: 'abc', object }])
    return tree(folder, [
      { mode: '100644', name: 'f', text: 'kept' },
      { mode: '40000', name: 'x', object },
    ])
  })
  const found = await files('deep')
  expect(Object.values(found ?? {})).toEqual(['<path_too_long>', 'kept'])
})

test('never unpacks a file that is too large', async () => {
  createRaw('zeros', (folder) =>
    tree(folder, [
      { mode: '100644', name: 'kept.ts', text: 'kept' },
      { mode: '100644', name: 'zeros.ts', text: Buffer.alloc(64 * MIB) },
    ]),
  )
  const clones = join(temporaryFolder(), 'clones')
  expect(await files('zeros', { maxBytes: MIB, clones: { folder: clones, maxBytes: 1e9 } })).toEqual({
    'kept.ts': 'kept',
    'zeros.ts': '<too_large>',
  })
})

test('reads huge and many ignore files without harm', async () => {
  createRaw('ignores', (folder) =>
    tree(folder, [
      { mode: '100644', name: '.gitignore', text: '*.ts\n'.repeat(100_000) },
      { mode: '120000', name: '.mcpignore', text: '/etc/passwd' },
      { mode: '100644', name: 'kept.ts', text: 'kept' },
    ]),
  )
  expect(await files('ignores')).toMatchObject({ 'kept.ts': 'kept', '.mcpignore': '<symlink>' })
})

test('does not follow a server without git to alternate objects', async () => {
  const other = await new GitServer().start()
  const commit = 'a'.repeat(40)
  server.instead = ({ url = '' }, response) => {
    if (url.startsWith('/dumb.git/info/refs')) response.end(`${commit}\trefs/heads/main\n`)
    else if (url.endsWith('/HEAD')) response.end('ref: refs/heads/main\n')
    else if (url.endsWith('alternates')) response.end(`${other.origin}/objects\n`)
    else response.writeHead(404).end()
  }
  await expect(files('dumb')).rejects.toMatchObject({ code: expect.stringMatching(/clone_failed|remote_/) })
  expect(other.requested).toEqual([])
  server.instead = undefined
  await other.stop()
})

test('shows one printable line of a server’s message', async () => {
  server.instead = (_, response) => {
    const packet = (text: string) => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`
    response.setHeader('content-type', 'application/x-git-upload-pack-advertisement')
    response.end(`${packet('# service=git-upload-pack\n')}0000${packet(`ERR \u001b[31mno\u0007 ${'x'.repeat(500)}`)}`)
  }
  const fault = await files('any').catch((error: Error) => error)
  server.instead = undefined
  const { message } = fault as unknown as Error
  expect(message).toMatch(/remote error: .*no.* x/)
  expect(message).not.toMatch(/\p{C}/u)
  expect(message.length).toBeLessThan(350)
})
