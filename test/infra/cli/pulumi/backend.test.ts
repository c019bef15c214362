import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backendEnvironment, isStackHere, withoutSalt } from '../../../../infra/cli/pulumi/backend.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'codebase-up-'))

describe('backendEnvironment', () => {
  test('keeps state in the project, under a passphrase that only its user can read', () => {
    const root = folder()
    const first = backendEnvironment(root, { PATH: '/bin' })
    const file = first.PULUMI_CONFIG_PASSPHRASE_FILE ?? ''
    expect(first.PULUMI_BACKEND_URL).toBe(`file://${root}`)
    expect(file).toBe(join(root, '.pulumi', 'passphrase'))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8').length).toBeGreaterThan(40)
  })

  test('makes the passphrase once', () => {
    const root = folder()
    const read = () => readFileSync(backendEnvironment(root, {}).PULUMI_CONFIG_PASSPHRASE_FILE ?? '', 'utf8')
    expect(read()).toBe(read())
  })

  test('leaves another backend and another passphrase alone', () => {
    const root = folder()
    const environment = { PULUMI_BACKEND_URL: 's3://states', PULUMI_CONFIG_PASSPHRASE: '' }
    const made = backendEnvironment(root, environment)
    expect(made).toMatchObject(environment)
    expect(made.PULUMI_CONFIG_PASSPHRASE_FILE).toBeUndefined()
    expect(existsSync(join(root, '.pulumi', 'passphrase'))).toBe(false)
  })

  test('puts the Node of the project before any other', () => {
    expect(backendEnvironment('/project', { PATH: '/bin', PULUMI_CONFIG_PASSPHRASE: '' }).PATH).toBe(
      '/project/node_modules/.bin:/bin',
    )
  })
})

test('a stack in a folder of this machine is seen without the CLI', () => {
  const root = folder()
  const backend = { PULUMI_BACKEND_URL: `file://${root}` }
  expect(isStackHere('dev', backend)).toBe(false)
  mkdirSync(join(root, '.pulumi/stacks/codebase-mcp'), { recursive: true })
  writeFileSync(join(root, '.pulumi/stacks/codebase-mcp/dev.json'), '{}')
  expect(isStackHere('dev', backend)).toBe(true)
  expect(isStackHere('dev', { PULUMI_BACKEND_URL: 's3://states' })).toBe(false)
})

describe('withoutSalt', () => {
  const salted = (text: string) => `${text}encryptionsalt: v1:abc=\n`

  test('removes the salt that a command wrote, and nothing else', async () => {
    const file = join(folder(), 'stack.yaml')
    writeFileSync(file, 'config:\n  a: 1\n')
    await withoutSalt(file, async () => writeFileSync(file, salted('config:\n  a: 2\n')))
    expect(readFileSync(file, 'utf8')).toBe('config:\n  a: 2\n')
  })

  test('keeps a salt that was there before', async () => {
    const file = join(folder(), 'stack.yaml')
    writeFileSync(file, salted('config:\n'))
    await withoutSalt(file, async () => {})
    expect(readFileSync(file, 'utf8')).toBe(salted('config:\n'))
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
