import { mkdirSync, symlinkSync, truncateSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { MIB } from '../../../service/units.ts'
import { CODE, type HostileFolder, listen, type Place, shell, write } from './hostile-folder.ts'

const KIB_64 = 65_536

/** Creates an empty repository with this configuration. */
function repository(root: string, config: string): void {
  shell(root, 'git init -q .')
  write(root, '.git/config', config)
}

/** Returns an entry of a git index, up to its flags. */
function entry(flags: number): Buffer {
  const head = Buffer.alloc(62)
  head.writeUInt32BE(0o100644, 24)
  head.writeUInt16BE(flags, 60)
  return head
}

function header(version: number, count: number): Buffer {
  const head = Buffer.from('DIRC00000000')
  head.writeUInt32BE(version, 4)
  head.writeUInt32BE(count, 8)
  return head
}

/** Returns a compressed index in which each path is the one before and one more character. */
export function growingIndex(count: number): Buffer {
  const one = Buffer.concat([entry(0xfff), Buffer.from([0, 0x61, 0])])
  return Buffer.concat([header(4, count), ...Array.from({ length: count }, () => one), Buffer.alloc(20)])
}

/** Returns a split index that says that four billion entries of its base are removed. */
export function removingIndex(): Buffer {
  const bitmap = Buffer.alloc(8 + 8)
  bitmap.writeUInt32BE(0xffffffff, 0)
  bitmap.writeUInt32BE(1, 4)
  bitmap.writeBigUInt64BE((0xffffffffn << 1n) | 1n, 8)
  const body = Buffer.concat([Buffer.alloc(20, 1), bitmap])
  const link = Buffer.from('link0000')
  link.writeUInt32BE(body.length, 4)
  return Buffer.concat([header(2, 0), link, body, Buffer.alloc(20)])
}

/** Returns an index with these paths, and ignores `first.py` by a rule, so that only tracked files of it count. */
function indexOf(paths: readonly string[]): Buffer {
  const entries = paths.map((path) => {
    const text = Buffer.from(path)
    const length = 62 + text.length
    return Buffer.concat([entry(Math.min(text.length, 0xfff)), text, Buffer.alloc(8 - (length % 8))])
  })
  return Buffer.concat([header(2, paths.length), ...entries, Buffer.alloc(20)])
}

const withRule = (config: string): HostileFolder['make'] => {
  return ({ root }) => {
    repository(root, config)
    write(root, '.git/info/exclude', 'first.py\n')
    write(root, 'first.py')
  }
}

const excludedBy = (about: string, file: (place: Place) => string, outcome = 'indexed'): HostileFolder => ({
  about: `rules of git in ${about}`,
  make: (place) => {
    repository(place.root, `[core]\n\texcludesFile = ${file(place)}\n`)
    write(place.root, 'first.py')
  },
  outcomes: { 'first.py': outcome },
})

const withIndex = (about: string, index: (root: string) => Buffer | undefined, outcome = 'ignored'): HostileFolder => ({
  about: `an index of git ${about}`,
  make: ({ root }) => {
    repository(root, '')
    write(root, '.gitignore', 'first.py\n')
    write(root, 'first.py')
    const bytes = index(root)
    if (bytes !== undefined) write(root, '.git/index', bytes)
  },
  outcomes: { 'first.py': outcome },
})

export const GIT_DATA: readonly HostileFolder[] = [
  {
    about: 'a configuration of git that includes itself a hundred times',
    make: withRule('[include]\n\tpath = config\n'.repeat(100)),
    outcomes: { 'first.py': 'ignored' },
  },
  {
    about: 'configurations of git that include each other, each fifty times',
    make: (place) => {
      withRule('[include]\n\tpath = one\n'.repeat(50))(place)
      write(place.root, '.git/one', '[include]\n\tpath = config\n'.repeat(50))
    },
    outcomes: { 'first.py': 'ignored' },
  },
  ...[
    ['a section that a million blanks leave open', `[a${' '.repeat(MIB - 10)}\n`],
    ['a name that a million blanks follow', `[core]\n\tfilemode${' '.repeat(MIB - 30)}=\n`],
    ['a text that is never closed', `[core]\n\teditor = "${'\\"'.repeat(MIB / 2 - 20)}\n`],
    ['a line that goes on for ever', `[core]\n\teditor = ${'x\\\n'.repeat(MIB / 3 - 20)}\n`],
    ['a hundred thousand sections', '[a]\nb=c\n'.repeat(100_000)],
    ['a condition of a million wildcards', `[includeIf "gitdir:${'*a'.repeat(MIB / 2 - 50)}"]\n\tpath = x\n`],
    ['a condition of a million letters', `[includeIf "gitdir:*${'a'.repeat(MIB - 100)}"]\n\tpath = x\n`],
    ['bytes that are no text', `[core]\n\u0000\u0001 = \u0000\n`],
  ].map(([about, config = '']) => ({
    about: `a configuration of git with ${about}`,
    make: withRule(config),
    outcomes: { 'first.py': 'ignored' },
  })),
  excludedBy('an endless device', () => '/dev/zero'),
  excludedBy('the memory of the process', () => '/proc/self/mem'),
  excludedBy('a folder', ({ root }) => root),
  excludedBy('a pipe', ({ root }) => {
    shell(root, 'mkfifo pipe')
    return join(root, 'pipe')
  }),
  excludedBy(
    'a file of two gigabytes',
    ({ root }) => {
      write(root, '.git/large', 'first.py\n')
      truncateSync(join(root, '.git/large'), 2048 * MIB)
      return join(root, '.git/large')
    },
    'ignored',
  ),
  withIndex('in which each path is longer than the one before', () => growingIndex(60_000)),
  withIndex('that removes four billion entries', () => removingIndex()),
  withIndex('that says it has four billion entries', () => header(2, 0xffffffff)),
  withIndex('that is cut', () => indexOf(['first.py']).subarray(0, 60)),
  withIndex('with paths that lead outside', () => indexOf(['../outside/secret.py', '/etc/passwd', '.git/config'])),
  withIndex('with the same path many times', () => indexOf(Array.from({ length: 5000 }, () => 'first.py')), 'indexed'),
  withIndex('that is a pipe', (root) => {
    shell(root, 'mkfifo .git/index')
    return undefined
  }),
  withIndex('that is a link', (root) => {
    write(root, 'tracked', indexOf(['first.py']))
    symlinkSync('../tracked', join(root, '.git/index'))
    return undefined
  }),
]

/** Files that say in which encodings a folder has its texts. */
export const ENCODINGS: readonly HostileFolder[] = [
  ['.editorconfig', 'a glob of a hundred choices', `[${'{a,b}'.repeat(90)}]\n${'charset=latin1\n'.repeat(4000)}`],
  ['.editorconfig', 'a hundred globs of choices', `[${'{a,b}'.repeat(90)}]\ncharset=latin1\n`.repeat(130)],
  ['.editorconfig', 'a glob of open braces', `[${'{'.repeat(490)}]\ncharset=latin1\n`],
  ['.editorconfig', 'a charset that nobody knows', `[*]\ncharset=${'x'.repeat(400)}\n`],
  ['.gitattributes', 'thousands of rules', '*.p? working-tree-encoding=UTF-8\n'.repeat(1900)],
  ['.gitattributes', 'an encoding that nobody knows', '*.py working-tree-encoding=__proto__\n'],
  ['.gitattributes', 'an encoding of bytes, not of texts', '*.py working-tree-encoding=base64\n'],
  ['.vscode/settings.json', 'nothing but lines', '\n'.repeat(KIB_64)],
  ['.vscode/settings.json', 'a language without end', `"${'[a]'.repeat(KIB_64 / 3 - 10)}`],
  ['.vscode/settings.json', 'settings without end', `"[a]":{${' '.repeat(KIB_64 - 20)}`],
].map(([path = '', about, text = '']) => ({
  about: `${path} with ${about}`,
  make: ({ root }: Place) => write(root, path, text),
  outcomes: { 'kept.py': 'indexed' },
}))

export const TIMES: readonly HostileFolder[] = [
  {
    about: 'files from before and long after our time',
    make: ({ root }) => {
      for (const [name, seconds] of [
        ['old.py', -1],
        ['older.py', -2_147_483_648],
        ['new.py', 15_000_000_000],
      ] as const) {
        write(root, name)
        utimesSync(join(root, name), seconds, seconds)
      }
    },
    outcomes: { 'old.py': 'indexed', 'older.py': 'indexed', 'new.py': 'indexed' },
  },
  {
    about: 'files that run as root, and a folder that anybody may write to',
    make: ({ root }) => {
      write(root, 'sub/a.py', `#!/usr/bin/env python\n${CODE}`)
      shell(root, 'chmod 6755 sub/a.py && chmod 1777 sub')
    },
    outcomes: { 'sub/a.py': 'indexed' },
  },
  {
    about: 'marks of caches that are a pipe, a socket and a folder',
    make: (place) => {
      for (const name of ['pipe', 'socket', 'folder']) write(place.root, `${name}/a.py`)
      shell(place.root, 'mkfifo pipe/CACHEDIR.TAG')
      listen(place, 'socket/pyvenv.cfg')
      mkdirSync(join(place.root, 'folder/CACHEDIR.TAG'))
    },
    outcomes: { pipe: 'ignored', socket: 'ignored', folder: 'ignored' },
  },
]
