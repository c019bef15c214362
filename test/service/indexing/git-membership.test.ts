import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { GitUser } from '../../../service/indexing/files/git-config.ts'
import { headCommit } from '../../../service/indexing/files/head-commit.ts'
import { temporaryFolder, writeInto } from './temporary-folder.ts'
import { NOBODY, walked } from './walked.ts'

const hasGit = ['/usr/bin/git', '/usr/local/bin/git', '/opt/homebrew/bin/git'].some((path) => existsSync(path))

function git(folder: string, { home, configHome: xdg, system, global, set = [] }: GitUser, ...args: string[]): string {
  const config = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'protocol.file.allow=always']
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: xdg }
  if (system === undefined) env.GIT_CONFIG_NOSYSTEM = '1'
  else env.GIT_CONFIG_SYSTEM = system
  if (global !== undefined) env.GIT_CONFIG_GLOBAL = global
  for (const [at, [name, value]] of set.entries()) {
    env[`GIT_CONFIG_KEY_${at}`] = name
    env[`GIT_CONFIG_VALUE_${at}`] = value
    env.GIT_CONFIG_COUNT = String(set.length)
  }
  return execFileSync('git', ['-C', folder, ...config, ...args], { encoding: 'utf8', env, stdio: 'pipe' })
}

/** Writes files with a text of one letter each. */
function write(root: string, ...paths: string[]): void {
  for (const path of paths) writeInto(root, path, 'x')
}

async function indexed(root: string, user: GitUser = NOBODY): Promise<string[]> {
  const found = await walked(root, 1e9, undefined, user)
  return found.flatMap((each) => ('skipped' in each ? [] : each.path)).sort()
}

/** Returns the files that git lists, including those it lists in nested repositories. */
function listed(root: string, user: GitUser = NOBODY): string[] {
  const paths = git(root, user, 'ls-files', '-co', '--exclude-standard', '-z')
    .split('\0')
    .filter((path) => path !== '')
  return [...new Set(paths)]
    .flatMap((path) => {
      const folder = path.replace(/\/$/, '')
      if (!existsSync(join(root, folder, '.git'))) return existsSync(join(root, path)) ? [path] : []
      return listed(join(root, folder), user).map((each) => `${folder}/${each}`)
    })
    .sort()
}

async function agrees(root: string, user: GitUser = NOBODY): Promise<string[]> {
  const found = await indexed(root, user)
  expect(found).toEqual(listed(root, user))
  return found
}

describe.skipIf(!hasGit)('The files of a folder are those that git lists', () => {
  test('in a subfolder, by the rules above it up to the root of the repository', async () => {
    const top = temporaryFolder({
      '.gitignore': 'out/\n*.secret.py\n/packages/api/here.py\n!kept.secret.py\n',
      'packages/.gitignore': 'api/gen/\n',
    })
    git(top, NOBODY, 'init', '-q')
    write(top, '.git/info/exclude')
    writeFileSync(join(top, '.git/info/exclude'), 'local.py\npackages/api/mine/\n')
    const api = join(top, 'packages/api')
    write(api, 'src/a.py', 'out/a.py', 'src/keys.secret.py', 'src/kept.secret.py', 'here.py', 'src/here.py', 'gen/a.py')
    write(api, 'local.py', 'mine/a.py', 'other/mine/a.py', 'out/tracked.py')
    git(top, NOBODY, 'add', '-f', 'packages/api/out/tracked.py', 'packages/api/src/a.py')
    git(top, NOBODY, 'commit', '-qm', 'first')
    expect(await agrees(api)).toEqual([
      'other/mine/a.py',
      'out/tracked.py',
      'src/a.py',
      'src/here.py',
      'src/kept.secret.py',
    ])
    expect(headCommit(api)).toBe(git(top, NOBODY, 'rev-parse', 'HEAD').trim())
    expect(await agrees(join(api, 'out'))).toEqual(['tracked.py'])
  })

  test.each([
    ['version 2', ['update-index', '--index-version', '2']],
    ['version 4', ['update-index', '--index-version', '4']],
    ['two parts', ['update-index', '--split-index']],
  ] as const)('with tracked files that are ignored, from an index in %s', async (_, args) => {
    const root = temporaryFolder({ '.gitignore': 'build/\n*.log\nvendor/\n' })
    git(root, NOBODY, 'init', '-q')
    const long = `build/${'long-folder-name-'.repeat(12)}/${'x'.repeat(200)}.py`
    write(root, 'a.log', 'b.log', 'build/deep/a.py', 'build/deep/b.py', 'build/x.py', 'vendor/v.go', 'a.py', long)
    const longest = `build/${Array.from({ length: 25 }, (_, at) => `${at}`.repeat(100)).join('/')}/a.py`
    write(root, longest)
    git(root, NOBODY, 'add', '-f', '.')
    git(root, NOBODY, 'commit', '-qm', 'first')
    git(root, NOBODY, ...args)
    write(root, 'build/deep/new.py', 'build/untracked.py', 'c.log', 'vendor/sub/new.go', 'new.py')
    git(root, NOBODY, 'add', '-f', 'build/untracked.py')
    git(root, NOBODY, 'rm', '-q', '--cached', 'b.log', 'build/deep/b.py')
    git(root, NOBODY, 'add', '-N', '-f', 'c.log')
    const files = await agrees(root)
    expect(files).toEqual(expect.arrayContaining(['a.log', 'build/deep/a.py', 'build/untracked.py', 'c.log', longest]))
    expect(files).not.toContain('b.log')
    expect(files).not.toContain('build/deep/b.py')
  })

  test('with tracked files of an index with SHA-256 names', async () => {
    const root = temporaryFolder({ '.gitignore': 'build/\n' })
    git(root, NOBODY, 'init', '-q', '--object-format=sha256')
    write(root, 'build/a.py', 'a.py', 'z/y.py')
    git(root, NOBODY, 'add', '-f', '.')
    write(root, 'build/b.py')
    expect(await agrees(root)).toContain('build/a.py')
  })

  test('without files that a sparse checkout only keeps in its index', async () => {
    const root = temporaryFolder({ '.gitignore': '*.log\nout/\n' })
    git(root, NOBODY, 'init', '-q')
    write(root, 'app/a.py', 'app/a.log', 'lib/b.py', 'lib/deep/out/c.py', 'top.py')
    git(root, NOBODY, 'add', '-f', '.')
    git(root, NOBODY, 'commit', '-qm', 'first')
    git(root, NOBODY, 'sparse-checkout', 'set', '--cone', '--sparse-index', 'app')
    write(root, 'app/new.log', 'app/out/a.py')
    expect(await agrees(root)).toEqual(['.gitignore', 'app/a.log', 'app/a.py', 'top.py'])
  })

  test("without files that the user's or repository's core.excludesFile or its own rules exclude", async () => {
    const home = temporaryFolder({
      '.gitconfig': '[user]\n\tname = "a; b" # core\n[include] path = more.gitconfig\n[core]\n; excludesFile = none\n',
      'dotfiles/more': '[CORE]\n  ExcludesFile = "~/my \\"rules\\"" ; mine\n',
      'my "rules"': 'mine/\n*.swp\n',
      'work-rules': 'work-notes/\n',
      'work.gitconfig': '[core]\n\texcludesfile = ~/work\\\n-rules\n',
      '.config/git/ignore': 'by-default.py\n',
    })
    symlinkSync('dotfiles/more', join(home, 'more.gitconfig'))
    const user = { home, configHome: join(home, '.config') }
    const folders = ['plain', 'work/one', 'own', 'none']
    for (const folder of folders) {
      const root = join(home, folder)
      write(root, 'mine/a.py', 'a.swp', 'own-rules', 'own/a.py', 'work-notes/a.py', 'by-default.py', 'a.py')
      git(home, NOBODY, 'init', '-q', root)
      if (folder === 'own') git(root, NOBODY, 'config', 'core.excludesFile', 'own-rules')
      if (folder === 'none') git(root, NOBODY, 'config', 'core.excludesFile', '')
    }
    writeFileSync(join(home, 'own/own-rules'), 'own/\n')
    const files = async () => Promise.all(folders.map(async (folder) => await agrees(join(home, folder), user)))
    const [plain, , own] = await files()
    expect(plain).toEqual(['a.py', 'by-default.py', 'own-rules', 'own/a.py', 'work-notes/a.py'])
    expect(own).toContain('mine/a.py')
    expect(own).not.toContain('own/a.py')
    writeInto(home, '.gitconfig', '[includeIf "gitdir:~/work/"]\n\tpath = work.gitconfig\n')
    const [byDefault, work] = await files()
    expect(byDefault).not.toContain('by-default.py')
    expect(work).not.toContain('work-notes/a.py')
    const elsewhere = { home, configHome: temporaryFolder({ 'git/config': '[core] excludesFile = a.py' }) }
    expect(await agrees(join(home, 'own'), elsewhere)).toContain('a.py')
  })

  test('with configuration files that are included for a branch or for the URL of a remote', async () => {
    const home = temporaryFolder({
      '.gitconfig': [
        '[includeIf "hasconfig:remote.*.url:https://example.com/**"]\n\tpath = example',
        '[includeIf "onbranch:feature/"]\n\tpath = feature',
        '[includeIf "onbranch:rel*"]\n\tpath = release\n',
      ].join('\n'),
      example: '[core]\n\texcludesFile = ~/example-rules\n',
      feature: '[core]\n\texcludesFile = ~/feature-rules\n',
      release: '[core]\n\tignoreCase = true\n',
      'example-rules': 'example.py\n',
      'feature-rules': 'feature.py\n',
    })
    const user = { home, configHome: join(home, '.config') }
    const root = join(home, 'root')
    write(root, 'example.py', 'feature.py', 'release.py')
    writeInto(root, '.gitignore', 'RELEASE.py\n')
    git(root, NOBODY, 'init', '-q', '-b', 'rel/one')
    const leftOut = async () => {
      const found = await agrees(root, user)
      return ['example.py', 'feature.py', 'release.py'].filter((path) => !found.includes(path))
    }
    expect(await leftOut()).toEqual([])
    git(root, NOBODY, 'remote', 'add', 'other', 'https://example.org/a.git')
    git(root, NOBODY, 'checkout', '-q', '--orphan', 'feature/deep/one')
    expect(await leftOut()).toEqual(['feature.py'])
    git(root, NOBODY, 'checkout', '-q', '--orphan', 'release')
    expect(await leftOut()).toEqual(['release.py'])
    git(root, NOBODY, 'remote', 'add', 'origin', 'https://example.com/deep/a.git')
    expect(await leftOut()).toEqual(['example.py', 'release.py'])
    git(root, NOBODY, 'commit', '-q', '--allow-empty', '-m', 'first')
    git(root, NOBODY, 'checkout', '-q', '--detach')
    expect(await leftOut()).toEqual(['example.py'])
  })

  test("with the configuration that git's own variables name or set", async () => {
    const home = temporaryFolder({
      '.gitconfig': '[core]\n\texcludesFile = ~/of-user\n',
      'machine/gitconfig': '[core]\n\texcludesFile = ~/of-machine\n',
      'ci.gitconfig': '[core]\n\texcludesFile = ~/of-ci\n\tignoreCase = true\n',
      'of-user': 'user.py\n',
      'of-machine': 'machine.py\n',
      'of-ci': 'CI.py\n',
      'of-call': 'call.py\n',
    })
    const root = join(home, 'root')
    const all = ['call.py', 'ci.py', 'machine.py', 'user.py']
    write(root, ...all)
    git(root, NOBODY, 'init', '-q')
    const own = { home, configHome: join(home, '.config') }
    const leftOut = async (user: GitUser) => {
      const found = await agrees(root, user)
      return all.filter((path) => !found.includes(path))
    }
    expect(await leftOut({ ...own, system: join(home, 'machine/gitconfig') })).toEqual(['user.py'])
    const unset = { ...own, global: '/dev/null' }
    expect(await leftOut({ ...unset, system: join(home, 'machine/gitconfig') })).toEqual(['machine.py'])
    expect(await leftOut({ ...own, global: join(home, 'ci.gitconfig') })).toEqual(['ci.py'])
    const set = [
      ['core.excludesFile', join(home, 'of-user')],
      ['core.ExcludesFile', join(home, 'of-call')],
    ] as const
    expect(await leftOut({ ...own, set })).toEqual(['call.py'])
    expect(await leftOut({ ...own, set: [['include.path', join(home, 'ci.gitconfig')]] })).toEqual(['ci.py'])
    expect(await leftOut({ ...own, set: [['core.excludesFile', '']] })).toEqual([])
  })

  test('ignoring case in rules and names, if core.ignoreCase of the repository or the user is on', async () => {
    const home = temporaryFolder({ '.gitconfig': '[core]\n\tignorecase = yes\n' })
    const rules = [
      'Build/',
      '*.LOG',
      '/Docs/Priv*',
      '[A-C]x.py',
      '[^D]y.py',
      'ÄBC.py',
      '[[:upper:]]z.py',
      '\\Kept.py',
      '!a?.Log',
    ]
    const files = [
      'build/a.py',
      'BUILD/b.py',
      'x.log',
      'ab.LOG',
      'docs/private.py',
      'bx.py',
      'dx.py',
      'dy.py',
      'Ey.py',
      'äbc.py',
      'Äbc.py',
      'az.py',
      'kept.py',
      'KEPT.py',
      'plain.py',
      'tracked/Build/t.py',
    ]
    const root = join(home, 'root')
    write(root, ...files)
    writeInto(root, '.gitignore', rules.join('\n'))
    git(root, NOBODY, 'init', '-q')
    git(root, NOBODY, 'config', 'core.ignoreCase', 'false')
    const strict = await agrees(root, { home, configHome: home })
    git(root, NOBODY, 'config', '--unset', 'core.ignoreCase')
    git(root, NOBODY, 'add', '-f', 'tracked')
    write(root, 'tracked/build/new.py')
    writeInto(root, '.git/info/exclude', 'PLAIN.*\n')
    const loose = await agrees(root, { home, configHome: home })
    expect(strict).toEqual(expect.arrayContaining(['build/a.py', 'plain.py', 'bx.py']))
    expect(loose).toEqual(['.gitignore', 'KEPT.py', 'ab.LOG', 'dx.py', 'kept.py', 'tracked/Build/t.py', 'äbc.py'])
  })

  test('without an info/exclude that is a link, which may lead anywhere', async () => {
    const base = temporaryFolder({ 'dotfiles/exclude': 'mine.py\n' })
    const root = join(base, 'root')
    write(root, 'mine.py', 'a.py', '.git/info/x')
    git(root, NOBODY, 'init', '-q')
    for (const target of ['../../../dotfiles/exclude', '../../../dotfiles', '/dev/zero', 'nowhere']) {
      rmSync(join(root, '.git/info/exclude'), { force: true })
      symlinkSync(target, join(root, '.git/info/exclude'))
      expect(await indexed(root)).toEqual(['a.py', 'mine.py'])
    }
  })

  test('without an untracked bare repository, which is reported', async () => {
    const root = temporaryFolder({ 'a.py': 'x', 'data/HEAD': 'x', 'data/objects/a.py': 'x', 'data/refs/a.py': 'x' })
    git(root, NOBODY, 'init', '-q')
    for (const name of ['cache/mirror.git', 'fixture.git', 'sha.git']) {
      git(root, NOBODY, 'init', '-q', '--bare', ...(name === 'sha.git' ? ['--object-format=sha256'] : []), name)
    }
    git(root, NOBODY, 'add', '-f', 'fixture.git')
    write(root, 'fixture.git/new.py')
    const found = await walked(root, 1e9)
    expect(found.filter((each) => 'skipped' in each && each.detail !== undefined)).toEqual([
      { path: 'cache/mirror.git', skipped: 'ignored', detail: 'a bare repository' },
      { path: 'sha.git', skipped: 'ignored', detail: 'a bare repository' },
    ])
    expect(await indexed(root)).toEqual(
      expect.arrayContaining(['a.py', 'data/objects/a.py', 'data/refs/a.py', 'fixture.git/HEAD', 'fixture.git/config']),
    )
  })

  test('with nested repositories by their own rules and indexes, which do not apply across their borders', async () => {
    const root = temporaryFolder({ '.gitignore': '*.out\nkept/\n' })
    git(root, NOBODY, 'init', '-q')
    write(root, 'a.out', 'a.mine', 'deep/er/inner/a.out', 'deep/er/inner/b.mine', 'deep/er/inner/c.tmp', 'kept/r/a.py')
    const inner = join(root, 'deep/er/inner')
    git(inner, NOBODY, 'init', '-q')
    writeInto(inner, '.git/info/exclude', '*.mine\n')
    writeInto(inner, '.gitignore', '*.tmp\n')
    git(inner, NOBODY, 'add', '-f', 'c.tmp')
    git(join(root, 'kept/r'), NOBODY, 'init', '-q')
    expect(await agrees(root)).toEqual([
      '.gitignore',
      'a.mine',
      'deep/er/inner/.gitignore',
      'deep/er/inner/a.out',
      'deep/er/inner/c.tmp',
    ])
  })

  test('with a submodule in an ignored folder, and a subfolder of a submodule', async () => {
    const base = temporaryFolder({ 'library/a.py': 'x', 'library/gen/b.py': 'x', 'library/.gitignore': 'gen/\n' })
    const library = join(base, 'library')
    git(library, NOBODY, 'init', '-q')
    git(library, NOBODY, 'add', '-f', '.')
    git(library, NOBODY, 'commit', '-qm', 'first')
    const root = join(base, 'root')
    writeInto(root, '.gitignore', 'third/\n')
    git(root, NOBODY, 'init', '-q')
    git(root, NOBODY, 'submodule', '--quiet', 'add', '-f', library, 'third/library')
    write(root, 'third/other.py', 'third/library/gen/new.py', 'third/library/new.py')
    expect(await agrees(root)).toEqual([
      '.gitignore',
      '.gitmodules',
      'third/library/.gitignore',
      'third/library/a.py',
      'third/library/gen/b.py',
      'third/library/new.py',
    ])
    expect(await agrees(join(root, 'third/library/gen'))).toEqual(['b.py'])
    expect(headCommit(join(root, 'third/library/gen'))).toBe(git(library, NOBODY, 'rev-parse', 'HEAD').trim())
  })

  test('in a subfolder of a linked worktree, and with no file of another worktree twice', async () => {
    const base = temporaryFolder({ 'main/.gitignore': '*.log\n', 'main/app/a.py': 'x' })
    const main = join(base, 'main')
    git(main, NOBODY, 'init', '-q')
    git(main, NOBODY, 'add', '.')
    git(main, NOBODY, 'commit', '-qm', 'first')
    for (const name of ['main/app/trees/one', 'side', 'side-two']) {
      git(main, NOBODY, 'worktree', 'add', '-q', join(base, name), '-b', name.replaceAll('/', '-'))
    }
    write(base, 'side/app/b.log', 'main/app/b.log')
    expect(await agrees(join(base, 'side/app'))).toEqual(['a.py'])
    expect(headCommit(join(base, 'side/app'))).toBe(headCommit(main))
    expect(await indexed(join(main, 'app'))).toEqual(['a.py'])
    expect(await indexed(base)).toEqual(['main/.gitignore', 'main/app/a.py'])
    git(base, NOBODY, 'clone', '-q', '--bare', main, join(base, 'all/store.git'))
    for (const name of ['one', 'two']) {
      git(join(base, 'all/store.git'), NOBODY, 'worktree', 'add', '-q', join(base, 'all', name), '-b', `all-${name}`)
    }
    const files = await indexed(join(base, 'all'))
    expect(files.filter((path) => path.endsWith('a.py'))).toEqual(['one/app/a.py'])
  })
})

test('treats a folder as independent if the repository around it ignores it entirely', async () => {
  const root = temporaryFolder({ '.gitignore': '*\n', 'code/shop/a.py': 'x', 'code/shop/b.py': 'x', '.git/HEAD': 'x' })
  expect(await indexed(join(root, 'code/shop'))).toEqual(['a.py', 'b.py'])
})

test('excludes files of .mcpignore, tracked or not, in nested repositories too', async () => {
  const root = temporaryFolder({ '.mcpignore': 'private/\n*.gen.py\n' })
  write(root, 'private/a.py', 'b.gen.py', 'inner/private/a.py', 'inner/b.gen.py', 'inner/a.py')
  if (hasGit) {
    git(root, NOBODY, 'init', '-q')
    git(root, NOBODY, 'add', '-f', '.')
    git(join(root, 'inner'), NOBODY, 'init', '-q')
  }
  expect(await indexed(root)).toEqual(['.mcpignore', 'inner/a.py'])
})

test('treats the entries of a damaged or strange index as untracked', async () => {
  const signs = [
    '',
    'DIRC',
    'DIRC\0\0\0\x02\xff\xff\xff\xff',
    `DIRC\0\0\0\x04\0\0\0\x09${'\x01'.repeat(300)}`,
    'NONE'.repeat(99),
  ]
  for (const index of signs) {
    const root = temporaryFolder({ '.gitignore': 'build/\n', 'build/a.py': 'x', 'a.py': 'x', '.git/HEAD': 'x' })
    writeInto(root, '.git/index', Buffer.from(index, 'latin1'))
    expect(await indexed(root)).toEqual(['.gitignore', 'a.py'])
  }
})
