import { chmodSync, mkdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { MIB } from '../../../service/units.ts'
import { type HostileFolder, link, shell, write } from './hostile-folder.ts'

export const LINKS: readonly HostileFolder[] = [
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

/** Returns a git configuration that makes almost any git command run another command. */
const commandsOf = (command: string) =>
  `[core]\n\trepositoryformatversion = 0\n\tfsmonitor = ${command}\n\thooksPath = hooks\n\tpager = ${command}\n\tsshCommand = ${command}\n` +
  `[filter "evil"]\n\tclean = ${command}\n\tsmudge = ${command}\n\tprocess = ${command}\n\trequired = true\n[diff "evil"]\n\ttextconv = ${command}\n`

export const GIT: readonly HostileFolder[] = [
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
    outcomes: { bare: 'ignored' },
  },
]
