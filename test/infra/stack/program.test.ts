import { describe, expect, test } from 'vitest'
import { runTestStack } from '../../stack/program.ts'
import { wordsRead } from '../words-read.ts'

const read = (...words: string[]) => wordsRead((take) => runTestStack('/project', words, take))

describe('the arguments of npm run test:stack', () => {
  test('include settings, but none of the arguments of a command after them', async () => {
    const { asked, exitCode } = await read('-c', 'server.port=1', '--keep', '--', 'vitest', 'run', '-c', 'x=y')
    expect(exitCode).toBe(0)
    expect(asked).toEqual({ stack: 'test', settings: { 'codebase-mcp:server.port': '1' }, passed: [] })
  })

  test.each([
    [['--stack', 'dev'], "unknown option '--stack'"],
    [['--name', ''], 'It must not be empty.'],
    [['--command', 'true', '--', 'false'], 'not both'],
  ])('are refused if they are %j', async (words, message) => {
    const { asked, exitCode, told } = await read(...words)
    expect(asked).toBeUndefined()
    expect(exitCode).toBe(1)
    expect(told).toContain(message)
  })

  test('are explained by --help, including how to run without a model', async () => {
    const { exitCode, told } = await read('--help')
    expect(exitCode).toBe(0)
    expect(told).toContain('--config ollama.enabled=false')
  })
})
