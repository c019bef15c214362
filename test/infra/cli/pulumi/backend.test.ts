import { execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  backendEnvironment,
  dropTornNote,
  locksOf,
  withoutSalt,
  withoutSalts,
} from '../../../../infra/cli/pulumi/backend.ts'
import { temporaryFolders } from '../../../fakes/temporary-folders.ts'

const folder = temporaryFolders()

describe('backendEnvironment', () => {
  test('keeps the state in the project, with a passphrase that only its user can read', () => {
    const root = folder()
    const first = backendEnvironment(root, { PATH: '/bin' })
    const file = first.PULUMI_CONFIG_PASSPHRASE_FILE ?? ''
    expect(first.PULUMI_BACKEND_URL).toBe(`file://${root}`)
    expect(file).toBe(join(root, '.pulumi', 'passphrase'))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8').length).toBeGreaterThan(40)
  })

  test('creates the passphrase once', () => {
    const root = folder()
    const read = () => readFileSync(backendEnvironment(root, {}).PULUMI_CONFIG_PASSPHRASE_FILE ?? '', 'utf8')
    expect(read()).toBe(read())
  })

  test('gives simultaneous commands the same passphrase, and leaves no other file', async () => {
    const root = folder()
    const projects = Array.from({ length: 300 }, (_, index) => join(root, String(index)))
    const command = `
      const { backendEnvironment } = await import('${new URL('../../../../infra/cli/pulumi/backend.ts', import.meta.url).href}')
      const { readFileSync } = await import('node:fs')
      while (Date.now() < ${Date.now() + 1000});
      const files = ${JSON.stringify(projects)}.map((root) => backendEnvironment(root, {}).PULUMI_CONFIG_PASSPHRASE_FILE)
      console.log(files.map((file) => readFileSync(file, 'utf8')).join())`
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', command])
    const [one, other] = await Promise.all([run(), run()])
    expect(one.stdout).toBe(other.stdout)
    expect(projects.flatMap((project) => readdirSync(join(project, '.pulumi')))).toEqual(
      projects.map(() => 'passphrase'),
    )
  })

  test('does not change a custom backend or passphrase', () => {
    const root = folder()
    const environment = { PULUMI_BACKEND_URL: 's3://states', PULUMI_CONFIG_PASSPHRASE: '' }
    const made = backendEnvironment(root, environment)
    expect(made).toMatchObject(environment)
    expect(made.PULUMI_CONFIG_PASSPHRASE_FILE).toBeUndefined()
    expect(existsSync(join(root, '.pulumi', 'passphrase'))).toBe(false)
  })

  test("puts the project's Node first on the PATH", () => {
    expect(backendEnvironment('/project', { PATH: '/bin', PULUMI_CONFIG_PASSPHRASE: '' }).PATH).toBe(
      '/project/node_modules/.bin:/bin:/project/.pulumi/cli/bin',
    )
  })
})

test.each([
  ['is removed if it is truncated', '', false],
  ['stays if it is complete', '{"md5":"x"}', true],
])('the note beside a state %s', (_, note, stays) => {
  const root = folder()
  const states = join(root, '.pulumi/stacks/codebase-mcp')
  mkdirSync(states, { recursive: true })
  writeFileSync(join(states, 'dev.json'), '{}')
  writeFileSync(join(states, 'dev.json.attrs'), note)
  dropTornNote('dev', { PULUMI_BACKEND_URL: `file://${root}` })
  expect(readdirSync(states)).toEqual(stays ? ['dev.json', 'dev.json.attrs'] : ['dev.json'])
})

describe('withoutSalt', () => {
  const salted = (text: string) => `${text}encryptionsalt: v1:abc=\n`

  test('removes only the salt that a command wrote', async () => {
    const file = join(folder(), 'stack.yaml')
    writeFileSync(file, 'config:\n  a: 1\n')
    await withoutSalt(file, async () => writeFileSync(file, salted('config:\n  a: 2\n')))
    expect(readFileSync(file, 'utf8')).toBe('config:\n  a: 2\n')
  })

  test('keeps an existing salt', async () => {
    const file = join(folder(), 'stack.yaml')
    writeFileSync(file, salted('config:\n'))
    await withoutSalt(file, async () => {})
    expect(readFileSync(file, 'utf8')).toBe(salted('config:\n'))
  })

  test.each([
    'config:\n  codebase-mcp:database:\n    url:\n      secure: v1:xyz\n',
    'config:\n  codebase-mcp:database: { url: { secure: v1:xyz } }\n',
  ])('keeps a salt that a secret needs', async (text) => {
    const file = join(folder(), 'stack.yaml')
    writeFileSync(file, 'config:\n')
    await withoutSalt(file, async () => writeFileSync(file, salted(text)))
    expect(readFileSync(file, 'utf8')).toBe(salted(text))
  })

  test('ignores a comment about secrets', async () => {
    const file = join(folder(), 'stack.yaml')
    const text = 'config: # no secure: here\n  a: 1\n'
    writeFileSync(file, text)
    await withoutSalt(file, async () => writeFileSync(file, salted(text)))
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  test('covers the files of all stacks in a folder', async () => {
    const root = folder()
    const files = ['Pulumi.dev.yaml', 'Pulumi.my-own.yaml', 'other.yaml'].map((name) => join(root, name))
    for (const file of files) writeFileSync(file, 'config:\n')
    const work = async () => {
      for (const file of files) writeFileSync(file, salted('config:\n'))
      return 7
    }
    expect(await withoutSalts(root, work)).toBe(7)
    expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(['config:\n', 'config:\n', salted('config:\n')])
  })

  test('removes a file that only holds a salt, also after a failure', async () => {
    const file = join(folder(), 'stack.yaml')
    const work = async () => {
      writeFileSync(file, salted(''))
      throw new Error('failed')
    }
    await expect(withoutSalt(file, work)).rejects.toThrow('failed')
    expect(existsSync(file)).toBe(false)
  })
})

describe('locksOf', () => {
  const locked = (pid: number, host = hostname()) => {
    const root = folder()
    const locks = join(root, '.pulumi', 'locks', 'organization', 'codebase-mcp', 'dev')
    mkdirSync(locks, { recursive: true })
    const lock = { pid, username: 'me', hostname: host, timestamp: '2026-01-01T00:00:00Z' }
    writeFileSync(join(locks, 'a.json'), JSON.stringify(lock))
    // The backend keeps a file of attributes beside each lock.
    writeFileSync(join(locks, 'a.json.attrs'), '{"md5":"x"}')
    return locksOf('dev', { PULUMI_BACKEND_URL: `file://${root}` })
  }

  test('reports the holder of a lock', () => {
    expect(locked(process.pid)).toEqual([
      { pid: process.pid, host: hostname(), since: '2026-01-01T00:00:00Z', isHeld: true },
    ])
  })

  test('knows if the process of a lock is gone, but not on another machine', () => {
    const { pid } = spawnSync('true')
    expect(locked(pid)).toMatchObject([{ isHeld: false }])
    expect(locked(pid, 'elsewhere')).toMatchObject([{ isHeld: true }])
  })

  test.runIf(process.platform === 'linux')('knows if a process has ended but was not reaped', () => {
    const { pid = 0 } = spawn('true')
    // Node only reaps the child in a later turn of the event loop. Blocking here keeps it a zombie.
    const turn = new Int32Array(new SharedArrayBuffer(4))
    for (let tries = 0; tries < 1000 && locked(pid)[0]?.isHeld; tries++) Atomics.wait(turn, 0, 0, 10)
    expect(locked(pid)).toMatchObject([{ isHeld: false }])
    expect(process.kill(pid, 0)).toBe(true)
  })

  test('finds none if there are none, or if the backend is remote', () => {
    expect(locksOf('dev', { PULUMI_BACKEND_URL: `file://${folder()}` })).toEqual([])
    expect(locksOf('dev', { PULUMI_BACKEND_URL: 's3://bucket' })).toEqual([])
  })
})
