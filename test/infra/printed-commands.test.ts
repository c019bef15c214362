import { afterEach, describe, expect, test, vi } from 'vitest'
import { FILE_VARIABLE, npmCommand, pulumiCommand, upCommand } from '../../infra/printed-commands.ts'
import { readSettings } from '../../infra/settings/settings.ts'

/** Sets variables as npm and the engine do. */
function surrounded(variables: Readonly<Record<string, string | undefined>>) {
  for (const name of ['npm_lifecycle_event', 'PULUMI_NODEJS_STACK', FILE_VARIABLE]) vi.stubEnv(name, variables[name])
}

afterEach(() => vi.unstubAllEnvs())

describe('a command in a message', () => {
  test('uses the Pulumi CLI for people who run it themselves, with the stack', () => {
    surrounded({ PULUMI_NODEJS_STACK: 'prod' })
    expect(pulumiCommand('config', 'set', 'KEY', 'VALUE')).toBe('pulumi config set KEY VALUE --stack prod')
    expect(upCommand()).toBe('pulumi up --stack prod')
  })

  test('uses npm for people who called npm, with the backend and passphrase of the project', () => {
    surrounded({ npm_lifecycle_event: 'up', PULUMI_NODEJS_STACK: 'prod', [FILE_VARIABLE]: 'mine.yaml' })
    expect(pulumiCommand('cancel')).toBe('npm run pulumi cancel -- --stack prod')
    expect(upCommand()).toBe('npm run up -- --stack prod --config-file mine.yaml')
    expect(npmCommand('logs', 'server')).toBe('npm run logs -- --stack prod --config-file mine.yaml server')
  })

  test('names no stack if none is known', () => {
    surrounded({})
    expect(pulumiCommand('cancel')).toBe('pulumi cancel')
  })

  test('is part of messages about settings', () => {
    surrounded({ npm_lifecycle_event: 'up', PULUMI_NODEJS_STACK: 'prod' })
    expect(() => readSettings({ 'codebase-mcp:server.port': 'x' })).toThrow(
      'npm run pulumi config set -- --path KEY VALUE --stack prod',
    )
  })
})
