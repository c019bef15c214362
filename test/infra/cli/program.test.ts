import { describe, expect, test } from 'vitest'
import { stackIn } from '../../../infra/cli/arguments.ts'
import { runCommand } from '../../../infra/cli/program.ts'
import { npmRun } from '../../../infra/printed-commands.ts'
import { wordsRead } from '../words-read.ts'

const read = (...words: string[]) => wordsRead((take) => runCommand(words, take))

describe('the arguments of a command', () => {
  test('default to the stack dev', async () => {
    expect((await read('up')).asked).toEqual({ stack: 'dev', settings: {}, passed: [] })
    expect((await read('preview', '--stack', 'prod')).asked?.stack).toBe('prod')
    expect((await read('preview', '-s', 'dev', '--stack=prod')).asked?.stack).toBe('prod')
  })

  test('include settings that override the file, with or without the namespace', async () => {
    const { asked } = await read(
      'up',
      '-c',
      'server.port=9000',
      '--config=codebase-mcp:name=a=b',
      '-c',
      'docker:host=x',
    )
    expect(asked?.settings).toEqual({
      'codebase-mcp:server.port': '9000',
      'codebase-mcp:name': 'a=b',
      'docker:host': 'x',
    })
  })

  test.each([
    [
      ['logs', 'server', 'postgres', '-f', '--since', '2h30m', '-n', '5'],
      ['server', 'postgres'],
    ],
    [['logs', '--tail', 'all', '--since', '2026-11-21T12:00:00Z', '--json'], []],
    [['up', '--yes', '--refresh', '--target', 'a', '--target', 'b', '--parallel', '2'], []],
    [['status', '--json'], []],
    [['backup'], []],
    [['backup', 'x.dump', '--force'], ['x.dump']],
    [['restore', 'x.dump', '--yes'], ['x.dump']],
    [
      ['psql', '-c', 'select 1', '-s'],
      ['-c', 'select 1', '-s'],
    ],
    [['psql', '--role', 'service', '--', '--csv'], ['--csv']],
    [['doctor', '--json'], []],
    [
      ['pulumi', 'stack', 'ls', '--json'],
      ['stack', 'ls', '--json'],
    ],
    [['pulumi', '--help'], ['--help']],
  ])('%j are passed to it', async (words, passed) => {
    const { asked, exitCode, told } = await read(...words)
    expect(asked, told).toMatchObject({ stack: 'dev', passed })
    expect(exitCode).toBe(0)
  })

  test('select the stack, also among the arguments for psql and pulumi', async () => {
    expect((await read('status', '-s', 'mine')).asked?.stack).toBe('mine')
    const psql = await read('psql', '--stack', 'mine', '-c', 'x')
    expect(psql.asked).toMatchObject({ stack: 'mine', passed: ['-c', 'x'] })
    const up = await read('pulumi', 'up', '--stack=mine')
    expect(up.asked).toMatchObject({ stack: 'mine', passed: ['up', '--stack=mine'] })
  })

  test.each([
    [['start'], "unknown command 'start'"],
    [['up', '--stack'], "'-s, --stack <name>' argument missing"],
    [['up', '--stack='], 'It must not be empty.'],
    [['up', '-c', 'name'], "argument 'name' is invalid. Write it as codebase-mcp:name=value."],
    [['up', '--refesh'], "unknown option '--refesh'\n(Did you mean --refresh?)"],
    [['up', '--parallel', 'many'], 'It must be a positive whole number.'],
    [['logs', '--since', 'yesterday'], 'Write it as 10m, 2h30m or 2026-11-21T12:00:00Z.'],
    [['logs', '--tail', '-1'], 'Write it as a whole number, or all.'],
    [['status', 'server'], 'too many arguments'],
    [['backup', 'a', 'b'], 'too many arguments'],
    [['restore'], "missing required argument 'file'"],
    [['psql', '--role', 'root'], 'Allowed choices are superuser, migrator, service.'],
  ])('are refused if they are %j', async (words, message) => {
    const { asked, exitCode, told } = await read(...words)
    expect(asked).toBeUndefined()
    expect(exitCode).toBe(1)
    expect(told).toContain(message)
  })
})

test('each command has a help text', async () => {
  for (const name of ['up', 'preview', 'down', 'plan', 'logs', 'status', 'backup', 'restore', 'psql', 'doctor']) {
    const { exitCode, told } = await read(name, '--help')
    expect(exitCode).toBe(0)
    expect(told).toContain(`Usage: npm run ${name} -- [options]`)
  }
  expect((await read('down', '--help')).told).toContain('--yes')
})

test('a printed command names the stack of its reader', () => {
  expect(npmRun({ stack: 'dev' }, 'up')).toBe('npm run up')
  expect(npmRun({ stack: 'prod' }, 'logs', 'server')).toBe('npm run logs -- --stack prod server')
  expect(npmRun({ stack: 'dev', configFile: 'x.yaml' }, 'up')).toBe('npm run up -- --config-file x.yaml')
})

test.each([
  [['stack', 'ls'], undefined],
  [['up', '--stack', 'a'], 'a'],
  [['up', '-s', 'a', '--yes'], 'a'],
  [['up', '--stack=a=b'], 'a=b'],
  [['up', '--stack'], undefined],
])('the arguments %j for the CLI name the stack %j', (words, stack) => {
  expect(stackIn(words)).toBe(stack)
})
