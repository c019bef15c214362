import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { homeFolder } from '../../service/home-folder.ts'
import { temporaryFolders } from '../fakes/temporary-folders.ts'
import { runProgram } from './modes/run-program.ts'

const temporaryFolder = temporaryFolders()

const os = vi.hoisted(() => ({ home: undefined as (() => string) | undefined }))
vi.mock('node:os', async (original) => {
  const actual = await original<typeof import('node:os')>()
  return { ...actual, homedir: () => (os.home ?? actual.homedir)() }
})
afterEach(() => {
  os.home = undefined
})

test('an empty HOME counts as not set', () => {
  os.home = () => ''
  expect(homeFolder()).toBe(userInfo().homedir)
})

test('a user who has no home folder gets the root folder', () => {
  os.home = () => {
    throw new Error('uv_os_homedir returned ENOENT')
  }
  expect(homeFolder()).toBe('/')
})

test('with an empty HOME, the current folder gets neither an index nor a cache', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'code'))
  writeFileSync(join(folder, 'code/a.ts'), 'export const a = 1\n')
  await runProgram(['status'], { HOME: '' }, join(folder, 'code'))
  expect(readdirSync(join(folder, 'code'))).toEqual(['a.ts'])
})
