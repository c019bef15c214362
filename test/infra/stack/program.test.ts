import { describe, expect, test, vi } from 'vitest'
import type { Asked } from '../../../infra/cli/arguments.ts'
import { runTestStack } from '../../stack/program.ts'

/** What the words ask for, the exit code, and what is said. */
async function read(...words: string[]) {
  let asked: Asked | undefined
  let told = ''
  const write = (text: string | Uint8Array) => {
    told += String(text)
    return true
  }
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(write))
  const exitCode = await runTestStack('/project', words, async (given) => {
    asked = given
    return 0
  }).finally(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return { asked, exitCode, told }
}

describe('the words of npm run test:stack', () => {
  test('hold settings, and none of what a command after them takes', async () => {
    const { asked, exitCode } = await read('-c', 'server.port=1', '--keep', '--', 'vitest', 'run', '-c', 'x=y')
    expect(exitCode).toBe(0)
    expect(asked).toEqual({ stack: 'test', settings: { 'codebase-mcp:server.port': '1' }, passed: [] })
  })

  test.each([
    [['--stack', 'dev'], "unknown option '--stack'"],
    [['--name', ''], 'It needs a value.'],
    [['--command', 'true', '--', 'false'], 'not both'],
  ])('are refused where they are %j', async (words, message) => {
    const { asked, exitCode, told } = await read(...words)
    expect(asked).toBeUndefined()
    expect(exitCode).toBe(1)
    expect(told).toContain(message)
  })

  test('are explained by --help, with how to go without a model', async () => {
    const { exitCode, told } = await read('--help')
    expect(exitCode).toBe(0)
    expect(told).toContain('--config ollama.enabled=false')
  })
})
