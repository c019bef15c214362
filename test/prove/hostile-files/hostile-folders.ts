import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { MIB } from '../../../service/units.ts'

/** Where a case is made: its root, and folders beside it that hold what must not be seen or run. */
interface Place {
  readonly root: string
  /** Holds `secret.py`, `.git` with a commit, and other things with CANARY in them. */
  readonly outside: string
  /** A command that leaves a mark where it runs. */
  readonly command: string
  /** Runs when the case is over. */
  after(close: () => void): void
}

/** A folder that a stranger has made. */
export interface HostileFolder {
  readonly about: string
  make(place: Place): void
  /** What becomes of paths: `indexed`, or the reason for which they are left out. Beside them is `kept.py`, which is indexed. */
  readonly outcomes?: Readonly<Record<string, string>>
  /** What happens between the walk and the reading. */
  meanwhile?(place: Place): void
  /** Why this machine cannot make it; undefined where it can. */
  readonly needs?: 'no root' | 'root'
}

export const CANARY = 'canary_from_outside'
/** Larger files are left out. */
export const MAX_FILE_BYTES = MIB

const CODE = 'def function():\n    pass\n'

const write = (root: string, path: string, content: string | Uint8Array = CODE) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}
const link = (root: string, path: string, target: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  symlinkSync(target, join(root, path))
}
const bytePath = (root: string, name: readonly number[]) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name)])
const shell = (root: string, script: string) => execFileSync('sh', ['-c', script], { cwd: root, stdio: 'ignore' })

/** Step by step, since a path so long cannot be given. */
function makeDeep(root: string, name: string, levels: number): void {
  const steps = `for (let at = 0; at < ${levels}; at++) { fs.mkdirSync('${name}'); process.chdir('${name}') }`
  execFileSync(process.execPath, ['-e', `${steps} fs.writeFileSync('deep.py', 'x = 1')`], { cwd: root })
}

function listen({ root, after }: Place, path: string): void {
  const server = createServer().listen(join(root, path))
  after(() => void server.close())
}

/** git's configuration by which almost any command of git runs another. */
const commandsOf = (command: string) =>
  `[core]\n\trepositoryformatversion = 0\n\tfsmonitor = ${command}\n\thooksPath = hooks\n\tpager = ${command}\n\tsshCommand = ${command}\n` +
  `[filter "evil"]\n\tclean = ${command}\n\tsmudge = ${command}\n\tprocess = ${command}\n\trequired = true\n[diff "evil"]\n\ttextconv = ${command}\n`

const LINKS: readonly HostileFolder[] = [
  {
    about: 'a link to a file outside',
    make: ({ root, outside }) => link(root, 'a.py', join(outside, 'secret.py')),
    outcomes: { 'a.py': 'symlink' },
  },
  {
    about: 'a link by a relative way to a file outside',
    make: ({ root }) => link(root, 'a.py', '../outside/secret.py'),
    outcomes: { 'a.py': 'symlink' },
  },
  {
    about: 'a link to a folder outside',
    make: ({ root, outside }) => link(root, 'folder', outside),
    outcomes: { folder: 'symlink' },
  },
  { about: 'a link to the folder above', make: ({ root }) => link(root, 'up', '..'), outcomes: { up: 'symlink' } },
  {
    about: 'a link to itself',
    make: ({ root }) => link(root, 'self.py', 'self.py'),
    outcomes: { 'self.py': 'symlink' },
  },
  {
    about: 'links in a circle',
    make: ({ root }) => {
      link(root, 'a/b', '../c/d')
      link(root, 'c/d', '../a/b')
    },
    outcomes: { 'a/b': 'symlink', 'c/d': 'symlink' },
  },
  {
    about: 'a chain of a hundred links',
    make: ({ root, outside }) => {
      link(root, 'link-0', join(outside, 'secret.py'))
      for (let at = 1; at < 100; at++) link(root, `link-${at}`, `link-${at - 1}`)
    },
    outcomes: { 'link-0': 'symlink', 'link-99': 'symlink' },
  },
  { about: 'a link to nothing', make: ({ root }) => link(root, 'a.py', 'nothing'), outcomes: { 'a.py': 'symlink' } },
  {
    about: 'a link to an endless device',
    make: ({ root }) => link(root, 'a.py', '/dev/zero'),
    outcomes: { 'a.py': 'symlink' },
  },
  {
    about: "a link to the process's environment",
    make: ({ root }) => link(root, 'a.py', '/proc/self/environ'),
    outcomes: { 'a.py': 'symlink' },
  },
  {
    about: "a link to the process's files",
    make: ({ root }) => link(root, 'fd', '/proc/self/fd'),
    outcomes: { fd: 'symlink' },
  },
  { about: 'a link to the root of all', make: ({ root }) => link(root, 'all', '/'), outcomes: { all: 'symlink' } },
  {
    about: 'an ignore file that is a link to one outside',
    make: ({ root, outside }) => {
      write(root, 'first.py')
      link(root, '.gitignore', join(outside, 'rules'))
    },
    outcomes: { '.gitignore': 'symlink', 'first.py': 'indexed' },
  },
  {
    about: 'a mark of a cache that is a link',
    make: ({ root, outside }) => {
      write(root, 'cache/a.py')
      link(root, 'cache/CACHEDIR.TAG', join(outside, 'rules'))
    },
    outcomes: { cache: 'ignored' },
  },
]

const GIT: readonly HostileFolder[] = [
  {
    about: '.git that is a link to a repository outside',
    make: ({ root, outside }) => link(root, '.git', join(outside, '.git')),
  },
  {
    about: 'a file .git that names a repository outside',
    make: ({ root, outside }) => write(root, '.git', `gitdir: ${outside}/.git\n`),
  },
  {
    about: 'a file .git that names a folder in the root, whose shared folder is outside',
    make: ({ root, outside }) => {
      write(root, '.git', 'gitdir: worktrees/x\n')
      write(root, 'worktrees/x/HEAD', 'ref: refs/heads/main\n')
      write(root, 'worktrees/x/gitdir', `${root}/.git\n`)
      write(root, 'worktrees/x/commondir', `${outside}/.git\n`)
    },
  },
  {
    about: 'a folder .git that says its shared folder is outside',
    make: ({ root, outside }) => {
      write(root, '.git/HEAD', 'ref: refs/heads/main\n')
      write(root, '.git/commondir', `${outside}/.git\n`)
    },
  },
  {
    about: 'a file .git inside of a folder that names a repository outside',
    make: ({ root, outside }) => {
      write(root, 'module/first.py')
      write(root, 'module/.git', `gitdir: ${outside}/.git\n`)
    },
    outcomes: { 'module/first.py': 'indexed' },
  },
  {
    about: 'excludes of git that are a link',
    make: ({ root, outside }) => {
      write(root, 'first.py')
      link(root, '.git/info/exclude', join(outside, 'rules'))
    },
    outcomes: { 'first.py': 'indexed' },
  },
  {
    about: 'a folder of excludes that is a link',
    make: ({ root, outside }) => {
      write(root, 'first.py')
      link(root, '.git/info', join(outside, '.git/info'))
    },
    outcomes: { 'first.py': 'indexed' },
  },
  { about: 'HEAD that is a link', make: ({ root, outside }) => link(root, '.git/HEAD', join(outside, '.git/HEAD')) },
  {
    about: 'HEAD that leads out',
    make: ({ root }) => write(root, '.git/HEAD', 'ref: refs/../../../outside/.git/refs/heads/main\n'),
  },
  {
    about: 'branches that are a link',
    make: ({ root, outside }) => {
      write(root, '.git/HEAD', 'ref: refs/heads/main\n')
      link(root, '.git/refs', join(outside, '.git/refs'))
    },
  },
  {
    about: 'packed branches that are a link',
    make: ({ root, outside }) => {
      write(root, '.git/HEAD', 'ref: refs/heads/main\n')
      link(root, '.git/packed-refs', join(outside, '.git/packed-refs'))
    },
  },
  {
    about: 'packed branches of two gigabytes',
    make: ({ root }) => {
      write(root, '.git/HEAD', 'ref: refs/heads/main\n')
      write(root, '.git/packed-refs', '')
      truncateSync(join(root, '.git/packed-refs'), 2048 * MIB)
    },
  },
  {
    about: 'branches in a circle',
    make: ({ root }) => {
      write(root, '.git/HEAD', 'ref: refs/heads/a\n')
      write(root, '.git/refs/heads/a', 'ref: refs/heads/b\n')
      write(root, '.git/refs/heads/b', 'ref: refs/heads/a\n')
    },
  },
  {
    about: 'HEAD that is a pipe',
    make: ({ root }) => {
      mkdirSync(join(root, '.git'))
      shell(root, 'mkfifo .git/HEAD')
    },
  },
  { about: '.git that is a pipe', make: ({ root }) => shell(root, 'mkfifo .git') },
  {
    about: 'a configuration of git with a monitor, filters and a pager',
    make: ({ root, command }) => {
      shell(root, 'git init -q .')
      write(root, '.git/config', commandsOf(command))
      write(root, '.gitattributes', '* filter=evil diff=evil merge=evil ident working-tree-encoding=UTF-16\n')
    },
    outcomes: { '.gitattributes': 'indexed' },
  },
  {
    about: 'hooks of git',
    make: ({ root, command }) => {
      shell(root, 'git init -q .')
      for (const hook of ['post-checkout', 'post-index-change', 'fsmonitor-watchman', 'reference-transaction']) {
        write(root, `.git/hooks/${hook}`, `#!/bin/sh\n${command}\n`)
        chmodSync(join(root, `.git/hooks/${hook}`), 0o755)
      }
    },
  },
  {
    about: 'a configuration of git that includes another, and a working tree outside',
    make: ({ root, outside, command }) => {
      shell(root, 'git init -q .')
      const include = `[include]\n\tpath = more\n[includeIf "gitdir:/"]\n\tpath = more\n[core]\n\tworktree = ${outside}\n`
      write(root, '.git/config', include)
      write(root, '.git/more', commandsOf(command))
    },
  },
  {
    about: 'objects of git from outside',
    make: ({ root, outside }) => {
      shell(root, 'git init -q .')
      write(root, '.git/objects/info/alternates', `${outside}/.git/objects\n`)
      write(root, '.git/HEAD', 'f'.repeat(39))
    },
  },
  {
    about: 'a module of git whose update is a command',
    make: ({ root, command }) => {
      shell(root, 'git init -q .')
      write(root, '.gitmodules', `[submodule "x"]\n\tpath = x\n\turl = ext::${command}\n\tupdate = !${command}\n`)
      write(root, 'x/.git', 'gitdir: ../.git/modules/x\n')
      write(root, '.git/modules/x/config', commandsOf(command))
      write(root, 'x/a.py')
    },
    outcomes: { 'x/a.py': 'indexed' },
  },
  {
    about: 'a bare repository with commands among the files',
    make: ({ root, command }) => {
      write(root, 'bare/HEAD', 'ref: refs/heads/main\n')
      write(root, 'bare/config', commandsOf(command))
      mkdirSync(join(root, 'bare/objects'))
      mkdirSync(join(root, 'bare/refs'))
    },
    outcomes: { 'bare/HEAD': 'indexed' },
  },
]

const RULES: readonly HostileFolder[] = [
  {
    about: 'an ignore file that is a pipe',
    make: ({ root }) => shell(root, 'mkfifo .gitignore .mcpignore'),
    outcomes: { '.gitignore': 'special_file', '.mcpignore': 'special_file' },
  },
  {
    about: 'an ignore file that is a folder',
    make: ({ root }) => write(root, '.gitignore/a.py'),
    outcomes: { '.gitignore/a.py': 'indexed' },
  },
  {
    about: 'an ignore file of two gigabytes',
    make: ({ root }) => {
      write(root, '.gitignore', 'build/\n')
      truncateSync(join(root, '.gitignore'), 2048 * MIB)
      write(root, 'build/a.py')
    },
    outcomes: { build: 'ignored', '.gitignore': 'too_large' },
  },
  {
    about: 'a rule of 70,000 characters',
    make: ({ root }) => {
      write(root, '.gitignore', `${'a'.repeat(70_000)}\nbuild/\n`)
      write(root, 'build/a.py')
    },
    outcomes: { build: 'ignored' },
  },
  {
    about: 'rules that regular expressions would take for ever over',
    make: ({ root }) => {
      write(
        root,
        '.gitignore',
        `${'*a'.repeat(2000)}b\n${'**/a*'.repeat(500)}/b\n${'(a+)+'.repeat(400)}$\n${'[[:'.repeat(1000)}\n`,
      )
      write(root, `${'a/'.repeat(100)}${'a'.repeat(200)}.py`)
    },
    outcomes: { [`${'a/'.repeat(100)}${'a'.repeat(200)}.py`]: 'indexed' },
  },
  {
    about: '8,000 rules with wildcards',
    make: ({ root }) => {
      write(root, '.gitignore', Array.from({ length: 8000 }, (_, at) => `*${at}*x?`).join('\n'))
      for (let at = 0; at < 300; at++) write(root, `${at}y.py`)
    },
    outcomes: { '299y.py': 'indexed' },
  },
  {
    about: 'ignore files in 200 folders, each in the one before',
    make: ({ root }) => {
      for (let at = 0; at < 200; at++) write(root, `${'d/'.repeat(at)}.gitignore`, `/x${at}\n*.log\n`)
      write(root, `${'d/'.repeat(200)}a.py`)
      write(root, `${'d/'.repeat(200)}a.log`)
    },
    outcomes: { [`${'d/'.repeat(200)}a.py`]: 'indexed', [`${'d/'.repeat(200)}a.log`]: 'ignored' },
  },
  {
    about: 'an ignore file with NUL, no UTF-8 and only carriage returns',
    make: ({ root }) => {
      write(root, '.gitignore', Buffer.from([0x61, 0, 0x62, 0x0d, 0xff, 0xfe, 0x0a, 0x63, 0x0d, 0x0a]))
      write(root, 'c')
    },
    outcomes: { c: 'ignored', '.gitignore': 'binary' },
  },
]

const SPECIAL: readonly HostileFolder[] = [
  { about: 'a pipe', make: ({ root }) => shell(root, 'mkfifo a.py'), outcomes: { 'a.py': 'special_file' } },
  { about: 'a socket', make: (place) => listen(place, 'a.py'), outcomes: { 'a.py': 'special_file' } },
  {
    about: 'devices',
    needs: 'root',
    make: ({ root }) => shell(root, 'mknod zero.py c 1 5 && mknod disk.py b 7 0 && mknod tty.py c 5 0'),
    outcomes: { 'zero.py': 'special_file', 'disk.py': 'special_file', 'tty.py': 'special_file' },
  },
  {
    about: 'a file that may not be read',
    needs: 'no root',
    make: ({ root }) => {
      write(root, 'a.py')
      chmodSync(join(root, 'a.py'), 0)
    },
    outcomes: { 'a.py': 'unreadable' },
  },
  {
    about: 'a folder that may not be listed',
    needs: 'no root',
    make: ({ root, after }) => {
      write(root, 'closed/a.py')
      chmodSync(join(root, 'closed'), 0)
      after(() => chmodSync(join(root, 'closed'), 0o700))
    },
    outcomes: { closed: 'unreadable' },
  },
  {
    about: 'a folder that may be listed but not entered',
    needs: 'no root',
    make: ({ root, after }) => {
      write(root, 'listed/a.py')
      chmodSync(join(root, 'listed'), 0o444)
      after(() => chmodSync(join(root, 'listed'), 0o700))
    },
    outcomes: { 'listed/a.py': 'unreadable' },
  },
]

const SIZES: readonly HostileFolder[] = [
  {
    about: 'a file of two gigabytes that takes no room',
    make: ({ root }) => {
      write(root, 'a.py', '')
      truncateSync(join(root, 'a.py'), 2048 * MIB)
    },
    outcomes: { 'a.py': 'too_large' },
  },
  {
    about: 'a line of 50 megabytes',
    make: ({ root }) => write(root, 'a.py', Buffer.alloc(50 * MIB, 0x61)),
    outcomes: { 'a.py': 'too_large' },
  },
  {
    about: 'a line that is just not too large',
    make: ({ root }) => write(root, 'a.py', Buffer.alloc(MAX_FILE_BYTES, 0x61)),
    outcomes: { 'a.py': 'minified' },
  },
  {
    about: 'gigabytes of zeros, compressed, under two names',
    make: ({ root }) => {
      const bomb = gzipSync(Buffer.alloc(64 * MIB))
      write(root, 'a.py.gz', bomb)
      write(root, 'a.py', bomb)
    },
    outcomes: { 'a.py.gz': 'binary', 'a.py': 'binary' },
  },
  {
    about: 'brackets in brackets',
    make: ({ root }) => write(root, 'a.py', `${'(\n'.repeat(20_000)}${')\n'.repeat(20_000)}`),
    outcomes: { 'a.py': 'indexed' },
  },
  {
    about: 'many lines of one byte',
    make: ({ root }) => write(root, 'a.py', 'a\n'.repeat(50_000)),
    outcomes: { 'a.py': 'indexed' },
  },
  {
    about: 'folders 2,000 deep, further than paths reach',
    make: ({ root }) => makeDeep(root, 'ddd', 2000),
  },
  {
    about: 'folders 1,900 deep',
    make: ({ root }) => makeDeep(root, 'd', 1900),
    outcomes: { [`${'d/'.repeat(1900)}deep.py`]: 'indexed' },
  },
  {
    about: 'thousands of empty files',
    make: ({ root }) => shell(root, 'mkdir many; cd many; seq 3000 | xargs touch'),
    outcomes: { 'many/1': 'empty', 'many/3000': 'empty' },
  },
]

const NAMES: readonly HostileFolder[] = [
  {
    about: 'a name of a file that is no UTF-8',
    make: ({ root }) => writeFileSync(bytePath(root, [0x61, 0xe9, 0x2e, 0x70, 0x79]), CODE),
    outcomes: { 'a\uFFFD.py': 'not_utf8' },
  },
  {
    about: 'a name of a folder that is no UTF-8',
    make: ({ root }) => mkdirSync(bytePath(root, [0xff, 0xfe])),
    outcomes: { '\uFFFD\uFFFD': 'not_utf8' },
  },
  ...[
    ['a line feed', 'line\nfeed.py'],
    ['control characters', 'a\u0001\u001b[31m\u0007\u007f.py'],
    ['characters that turn the direction of text', 'a\u202e\u2066yp.py'],
    ['a command for a shell', '$(touch x);`touch y`|&.py'],
    ['a hyphen at its beginning', '--output=x.py'],
    ['a blank at its end', 'a.py '],
    ['255 bytes', `${'n'.repeat(252)}.py`],
    ['255 bytes of other scripts', `${'語'.repeat(84)}.py`],
    ['a word of JavaScript', '__proto__'],
    ['another word of JavaScript', 'constructor'],
    ['backslashes', 'a\\..\\..\\b.py'],
    ['quotes and a percent sign', `'"%00%2e%2e.py`],
    ['wildcards', '*?[a].py'],
  ].map(([about, name = '']) => ({
    about: `a name with ${about}`,
    make: ({ root }: Place) => write(root, name),
    outcomes: { [name]: 'indexed' },
  })),
  {
    about: 'names that differ in their case or their composition alone',
    make: ({ root }) => {
      for (const name of ['a.py', 'A.py', 'caf\u00e9.py', 'cafe\u0301.py']) write(root, name)
    },
    outcomes: { 'a.py': 'indexed', 'A.py': 'indexed', 'caf\u00e9.py': 'indexed', 'cafe\u0301.py': 'indexed' },
  },
  {
    about: 'names that only look like .git',
    make: ({ root }) => {
      for (const name of ['.GIT/config', 'git~1/config', '.git\u200c/config', '.git /config'])
        write(root, name, 'x = 1\n')
    },
    outcomes: {
      '.GIT/config': 'indexed',
      'git~1/config': 'indexed',
      '.git\u200c/config': 'indexed',
      '.git /config': 'indexed',
    },
  },
]

const TEXTS: readonly HostileFolder[] = [
  ['NUL', 'binary', 'a = 1\0\n'],
  ['UTF-16 with a mark', 'indexed', Buffer.from('\ufeffdef function(): pass\n', 'utf16le')],
  ['UTF-16 without a mark', 'binary', Buffer.from('def function(): pass\n', 'utf16le')],
  ['half a pair of UTF-16', 'indexed', Buffer.from([0xff, 0xfe, 0x61, 0, 0x00, 0xd8])],
  ['text that turns its direction', 'indexed', 'if admin: \u202e\u2066# only for admins\u2069\u2066\n    pass\n'],
  ['surrogates in UTF-8', 'not_utf8', Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x0a])],
  ['UTF-8 that is longer than it needs to be', 'not_utf8', Buffer.from([0x2e, 0xc0, 0xaf, 0x0a])],
  ['UTF-8 that is cut', 'not_utf8', Buffer.from([0x61, 0xe2, 0x82])],
  ['a mark and nothing else', 'empty', Buffer.from([0xef, 0xbb, 0xbf])],
  ['blanks and nothing else', 'empty', ' \t\r\n\u00a0\n'],
  ['carriage returns alone', 'indexed', 'a = 1\rb = 2\r'],
  ['sequences that change a terminal', 'indexed', '\u001b]0;title\u0007\u001b[2Jx = 1\n'],
].map(([about, outcome, text]) => ({
  about: `a file of ${about}`,
  make: ({ root }: Place) => write(root, 'a.py', text),
  outcomes: { 'a.py': String(outcome) },
}))

/** What a file or folder becomes between the walk and the reading. */
const CHANGES: readonly (readonly [what: string, outcome: string, meanwhile: (place: Place) => void])[] = [
  ['grows', 'too_large', ({ root }) => write(root, 'folder/a.py', 'x\n'.repeat(MIB))],
  ['shrinks', 'empty', ({ root }) => truncateSync(join(root, 'folder/a.py'), 0)],
  ['vanishes', 'vanished', ({ root }) => rmSync(join(root, 'folder/a.py'))],
  ['vanishes with its folder', 'vanished', ({ root }) => rmSync(join(root, 'folder'), { recursive: true })],
  ['moves with its folder', 'vanished', ({ root }) => renameSync(join(root, 'folder'), join(root, 'moved'))],
  ['becomes a folder', 'special_file', (place) => replaced(place, 'folder/a.py', (path) => mkdirSync(path))],
  [
    'becomes a link',
    'symlink',
    (place) => replaced(place, 'folder/a.py', (path) => symlinkSync('../../outside/secret.py', path)),
  ],
  [
    'becomes a pipe',
    'special_file',
    (place) => replaced(place, 'folder/a.py', (path) => shell(dirname(path), 'mkfifo a.py')),
  ],
  [
    'becomes a link with its folder',
    'symlink',
    (place) => replaced(place, 'folder', (path) => symlinkSync('../outside', path)),
  ],
  [
    'becomes a link with the root',
    'symlink',
    (place) => replaced(place, '', (path) => symlinkSync('outside/like-the-root', path)),
  ],
  [
    'has its folder become a file',
    'vanished',
    (place) => replaced(place, 'folder', (path) => writeFileSync(path, 'x')),
  ],
  [
    'is replaced by one with another name for it',
    'indexed',
    (place) => replaced(place, 'folder/a.py', (path) => linkSync(join(place.root, 'kept.py'), path)),
  ],
]

function replaced({ root }: Place, path: string, make: (path: string) => void): void {
  rmSync(join(root, path), { recursive: true })
  make(join(root, path))
}

export const HOSTILE_FOLDERS: readonly HostileFolder[] = [
  ...LINKS,
  ...GIT,
  ...RULES,
  ...SPECIAL,
  ...SIZES,
  ...NAMES,
  ...TEXTS,
  ...CHANGES.map(([what, outcome, meanwhile]) => ({
    about: `a file that ${what} while it is indexed`,
    make: ({ root }: Place) => write(root, 'folder/a.py'),
    meanwhile,
    outcomes: { 'folder/a.py': outcome },
  })),
]
