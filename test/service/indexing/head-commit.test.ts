import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { headCommit } from '../../../service/indexing/files/head-commit.ts'
import { temporaryFolder, writeInto } from './temporary-folder.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const OTHER = 'f'.repeat(40)

test('follows HEAD to a loose branch', () => {
  const root = temporaryFolder({
    '.git/HEAD': 'ref: refs/heads/topic/one\n',
    '.git/refs/heads/topic/one': `${COMMIT}\n`,
  })
  expect(headCommit(root)).toBe(COMMIT)
})

test('finds a packed branch, unless a loose one is newer', () => {
  const packed = `# pack-refs with: peeled fully-peeled sorted \n${OTHER} refs/heads/main-2\n${COMMIT} refs/heads/main\n^${OTHER}\n`
  const root = temporaryFolder({ '.git/HEAD': 'ref: refs/heads/main\n', '.git/packed-refs': packed })
  expect(headCommit(root)).toBe(COMMIT)
  writeInto(root, '.git/refs/heads/main', `${OTHER}\n`)
  expect(headCommit(root)).toBe(OTHER)
})

test('reads a detached HEAD', () => {
  expect(headCommit(temporaryFolder({ '.git/HEAD': `${COMMIT}\n` }))).toBe(COMMIT)
})

test('resolves a linked worktree to the folder that all worktrees share', () => {
  const root = temporaryFolder({
    'tree/.git': 'gitdir: ../main/.git/worktrees/tree\n',
    'main/.git/worktrees/tree/HEAD': 'ref: refs/heads/side\n',
    'main/.git/worktrees/tree/gitdir': '../../../../tree/.git\n',
    'main/.git/worktrees/tree/commondir': '../..\n',
    'main/.git/refs/heads/side': `${COMMIT}\n`,
  })
  expect(headCommit(join(root, 'tree'))).toBe(COMMIT)
})

test('resolves a submodule to the folder that names it in its configuration', () => {
  const root = temporaryFolder({
    'main/module/.git': 'gitdir: ../.git/modules/module\n',
    'main/.git/modules/module/HEAD': `${COMMIT}\n`,
    'main/.git/modules/module/config': '[core]\n\tbare = false\n\tworktree = ../../../module\n',
  })
  expect(headCommit(join(root, 'main/module'))).toBe(COMMIT)
})

test.for([
  ['says nothing of it', {}],
  ['belongs to another worktree', { gitdir: '../../other/.git\n', commondir: '../..\n' }],
  ['says that the rest is elsewhere', { gitdir: '../../../tree/.git\n', commondir: '../../../secret\n' }],
  ['belongs to another module', { config: '[core]\n\tworktree = ../../other\n' }],
] as const)('reads nothing from a folder that a file named .git points to if the folder %s', ([, files]) => {
  const inFolder = Object.entries(files).map(([name, text]) => [`main/worktrees/x/${name}`, text])
  const root = temporaryFolder({
    'tree/.git': 'gitdir: ../main/worktrees/x\n',
    'main/worktrees/x/HEAD': `${COMMIT}\n`,
    ...Object.fromEntries(inFolder),
  })
  expect(headCommit(join(root, 'tree'))).toBeUndefined()
})

test('reads no commit through a link', () => {
  const root = temporaryFolder({ 'outside/main': `${COMMIT}\n`, 'tree/.git/HEAD': 'ref: refs/heads/main\n' })
  mkdirSync(join(root, 'tree/.git/refs'))
  symlinkSync('../../../outside', join(root, 'tree/.git/refs/heads'))
  expect(headCommit(join(root, 'tree'))).toBeUndefined()
})

test.for([
  ['no repository', {}],
  ['a branch without a commit', { '.git/HEAD': 'ref: refs/heads/main\n' }],
  ['nonsense', { '.git/HEAD': 'nonsense\n' }],
  ['a branch outside', { '.git/HEAD': 'ref: refs/../../secret\n', secret: COMMIT }],
  ['a circle', { '.git/HEAD': 'ref: refs/a\n', '.git/refs/a': 'ref: refs/a\n' }],
] as const)('finds no commit of %s', ([, files]) => {
  expect(headCommit(temporaryFolder(files))).toBeUndefined()
})
