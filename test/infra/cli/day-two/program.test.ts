import { describe, expect, test, vi } from 'vitest'
import type { Needs } from '../../../../infra/cli/action.ts'
import type { Asked } from '../../../../infra/cli/arguments.ts'
import { stackIn } from '../../../../infra/cli/day-two/program.ts'
import { runCommand } from '../../../../infra/cli/program.ts'

/** What the words ask for, what the command needs, the exit code, and what is said. */
async function read(...words: string[]) {
  let read: { asked: Asked; needs: Needs } | undefined
  let told = ''
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      told += text
      return true
    }),
  )
  const exitCode = await runCommand(words, async (asked, _, needs) => {
    read = { asked, needs }
    return 0
  }).finally(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return { ...read, exitCode, told }
}

describe('the words of a command', () => {
  test.each([
    [
      ['logs', 'server', 'postgres', '-f', '--since', '2h30m', '-n', '5'],
      ['server', 'postgres'],
    ],
    [['logs', '--tail', 'all', '--since', '2026-11-21T12:00:00Z', '--json'], []],
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
  ])('%j go to it', async (words, passed) => {
    const { asked, exitCode, told } = await read(...words)
    expect(asked, told).toMatchObject({ stack: 'dev', passed })
    expect(exitCode).toBe(0)
  })

  test('name the stack, also among those for psql and pulumi', async () => {
    expect((await read('status', '-s', 'mine')).asked?.stack).toBe('mine')
    expect((await read('psql', '--stack', 'mine', '-c', 'x')).asked).toMatchObject({
      stack: 'mine',
      passed: ['-c', 'x'],
    })
    expect((await read('pulumi', 'up', '--stack=mine')).asked).toMatchObject({
      stack: 'mine',
      passed: ['up', '--stack=mine'],
    })
  })

  test.each([
    [['logs', '--since', 'yesterday'], 'Write it as 10m, 2h30m or 2026-11-21T12:00:00Z.'],
    [['logs', '--tail', '-1'], 'Write it as a whole number, or all.'],
    [['status', 'server'], 'too many arguments'],
    [['backup', 'a', 'b'], 'too many arguments'],
    [['restore'], "missing required argument 'file'"],
    [['psql', '--role', 'root'], 'Allowed choices are superuser, migrator, service.'],
  ])('are refused where they are %j', async (words, message) => {
    const { asked, exitCode, told } = await read(...words)
    expect(asked).toBeUndefined()
    expect(exitCode).toBe(1)
    expect(told).toContain(message)
  })
})

test('each command explains itself', async () => {
  for (const name of ['logs', 'status', 'backup', 'restore', 'psql', 'doctor']) {
    const { exitCode, told } = await read(name, '--help')
    expect(exitCode).toBe(0)
    expect(told).toContain(`Usage: npm run ${name} -- [options]`)
  }
})

test('only what has nothing to do without the Pulumi CLI needs it', async () => {
  const needs = async (...words: string[]) => (await read(...words)).needs?.pulumi
  expect([await needs('status'), await needs('doctor')]).toEqual([false, false])
  expect([await needs('logs'), await needs('psql'), await needs('backup'), await needs('up')]).toEqual([
    true,
    true,
    true,
    true,
  ])
})

test.each([
  [['stack', 'ls'], undefined],
  [['up', '--stack', 'a'], 'a'],
  [['up', '-s', 'a', '--yes'], 'a'],
  [['up', '--stack=a=b'], 'a=b'],
  [['up', '--stack'], undefined],
])('the words %j for the CLI name the stack %j', (words, stack) => {
  expect(stackIn(words)).toBe(stack)
})
