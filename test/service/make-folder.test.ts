import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../../service/make-folder.ts'
import { temporaryFolders } from '../fakes/temporary-folders.ts'

const temporaryFolder = temporaryFolders()

test('creates a folder and its parents, and keeps an existing one', () => {
  const path = join(temporaryFolder(), 'a', 'b', 'c')
  makeFolder(path, 0o700)
  makeFolder(path, 0o755)
  expect(statSync(path).mode & 0o777).toBe(0o700)
})

test('accepts a link to a folder', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'real'))
  symlinkSync('real', join(folder, 'link'))
  makeFolder(join(folder, 'link'))
  makeFolder(join(folder, 'link', 'inner'))
  expect(statSync(join(folder, 'real', 'inner')).isDirectory()).toBe(true)
})

test.runIf(process.platform === 'linux')(
  'fails if the file system accepts no folder and reports a missing parent',
  () => {
    expect(() => makeFolder('/proc/nowhere/data')).toThrow(/ENOENT.*\/proc\/nowhere/)
  },
)

test('reports that a file is in the way, at the end or above', () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  expect(() => makeFolder(file)).toThrow('EEXIST')
  expect(() => makeFolder(join(file, 'x', 'y'))).toThrow('ENOTDIR')
})

test('fails at a link that leads nowhere', () => {
  const link = join(temporaryFolder(), 'link')
  symlinkSync('nowhere', link)
  expect(() => makeFolder(link)).toThrow('EEXIST')
  expect(() => makeFolder(join(link, 'x'))).toThrow(/ENOENT|EEXIST/)
})
