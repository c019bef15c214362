import { chmodSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { MIB } from '../../../service/units.ts'
import {
  bytePath,
  CODE,
  type HostileFolder,
  listen,
  MAX_FILE_BYTES,
  makeDeep,
  type Place,
  shell,
  write,
} from './hostile-folder.ts'

export const RULES: readonly HostileFolder[] = [
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
    outcomes: { build: 'ignored', '.gitignore': 'indexed' },
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
    outcomes: { c: 'ignored', '.gitignore': 'indexed' },
  },
]

export const SPECIAL: readonly HostileFolder[] = [
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

export const SIZES: readonly HostileFolder[] = [
  {
    about: 'a file of two gigabytes that takes no room',
    make: ({ root }) => {
      write(root, 'a.py', '')
      truncateSync(join(root, 'a.py'), 2048 * MIB)
    },
    outcomes: { 'a.py': 'binary' },
  },
  {
    about: 'a line of 50 megabytes',
    make: ({ root }) => write(root, 'a.py', Buffer.alloc(50 * MIB, 0x61)),
    outcomes: { 'a.py': 'indexed' },
  },
  {
    about: 'a line that is just not too large',
    make: ({ root }) => write(root, 'a.py', Buffer.alloc(MAX_FILE_BYTES, 0x61)),
    outcomes: { 'a.py': 'indexed' },
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
    outcomes: { 'many/1': 'indexed', 'many/3000': 'indexed' },
  },
]

export const NAMES: readonly HostileFolder[] = [
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

const OUTCOMES: readonly (readonly [text: string, outcome: string, bytes: string | Uint8Array])[] = [
  ['NUL', 'indexed', 'a = 1\0\n'],
  ['UTF-16 with a mark', 'indexed', Buffer.from('\ufeffdef function(): pass\n', 'utf16le')],
  ['UTF-16 without a mark', 'indexed', Buffer.from('def function(): pass\n', 'utf16le')],
  ['half a pair of UTF-16', 'indexed', Buffer.from([0xff, 0xfe, 0x61, 0, 0x00, 0xd8])],
  ['text that turns its direction', 'indexed', 'if admin: \u202e\u2066# only for admins\u2069\u2066\n    pass\n'],
  ['surrogates in UTF-8', 'indexed', Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x0a])],
  ['UTF-8 that is longer than it needs to be', 'indexed', Buffer.from([0x2e, 0xc0, 0xaf, 0x0a])],
  ['UTF-8 that is cut', 'indexed', Buffer.from([0x61, 0xe2, 0x82])],
  ['a mark and nothing else', 'indexed', Buffer.from([0xef, 0xbb, 0xbf])],
  ['blanks and nothing else', 'indexed', ' \t\r\n\u00a0\n'],
  ['only carriage returns', 'indexed', 'a = 1\rb = 2\r'],
  ['sequences that change a terminal', 'indexed', '\u001b]0;title\u0007\u001b[2Jx = 1\n'],
]

export const TEXTS: readonly HostileFolder[] = OUTCOMES.map(([about, outcome, text]) => ({
  about: `a file of ${about}`,
  make: ({ root }) => write(root, 'a.py', text),
  outcomes: { 'a.py': outcome },
}))
