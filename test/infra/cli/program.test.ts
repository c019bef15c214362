import { describe, expect, test, vi } from 'vitest'
import type { Asked } from '../../../infra/cli/arguments.ts'
import { runCommand } from '../../../infra/cli/program.ts'

/** What the words ask for, the exit code, and what is said on stderr. */
async function read(...words: string[]) {
  let asked: Asked | undefined
  let told = ''
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += text
    return true
  })
  const exitCode = await runCommand(words, async (given) => {
    asked = given
    return 0
  }).finally(() => write.mockRestore())
  return { asked, exitCode, told }
}

describe('the words of a command', () => {
  test('mean the stack dev unless another is named', async () => {
    expect((await read('up')).asked).toEqual({ stack: 'dev', settings: {}, passed: [] })
    expect((await read('preview', '--stack', 'prod')).asked?.stack).toBe('prod')
    expect((await read('preview', '-s', 'dev', '--stack=prod')).asked?.stack).toBe('prod')
  })

  test('hold settings that win over the file, with or without the namespace', async () => {
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

  test('are handed on where they are not ours', async () => {
    expect((await read('up', '--diff', '--config-file', 'x.yaml', '--parallel', '2')).asked).toMatchObject({
      configFile: 'x.yaml',
      passed: ['--diff', '--parallel', '2'],
    })
    expect((await read('down', '--data', '--yes')).asked?.passed).toEqual(['--yes'])
  })

  test.each([
    [['start'], "unknown command 'start'"],
    [['up', '--stack'], "'-s, --stack <name>' argument missing"],
    [['up', '--stack='], 'It needs a value.'],
    [['up', '-c', 'name'], "argument 'name' is invalid. Write it as codebase-mcp:name=value."],
  ])('are refused where they are %j', async (words, message) => {
    const { asked, exitCode, told } = await read(...words)
    expect(asked).toBeUndefined()
    expect(exitCode).toBe(1)
    expect(told).toContain(message)
  })
})
