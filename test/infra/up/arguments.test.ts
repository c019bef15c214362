import { describe, expect, test } from 'vitest'
import { readArguments, UsageFault } from '../../../infra/up/arguments.ts'

describe('readArguments', () => {
  test('works on the stack dev unless another is named', () => {
    expect(readArguments(['up'])).toMatchObject({ command: 'up', stack: 'dev', data: false, passed: [] })
    expect(readArguments(['preview', '--stack', 'prod']).stack).toBe('prod')
    expect(readArguments(['preview', '-s', 'dev', '--stack=prod']).stack).toBe('prod')
  })

  test('knows the settings that win over the file, with or without the namespace', () => {
    const { settings } = readArguments([
      'up',
      '-c',
      'server.port=9000',
      '--config=codebase-mcp:name=a=b',
      '-c',
      'docker:host=x',
    ])
    expect(settings).toEqual({ 'codebase-mcp:server.port': '9000', 'codebase-mcp:name': 'a=b', 'docker:host': 'x' })
  })

  test('hands on what it does not know', () => {
    expect(readArguments(['up', '--diff', '--config-file', 'x.yaml', '--parallel', '2'])).toMatchObject({
      configFile: 'x.yaml',
      passed: ['--diff', '--parallel', '2'],
    })
    expect(readArguments(['down', '--data', '--yes'])).toMatchObject({ data: true, passed: ['--yes'] })
  })

  test.each([
    [[], 'There is no command ""'],
    [['start'], 'There is no command "start". The commands are: up, preview, down'],
    [['up', '--stack'], '--stack needs a value'],
    [['up', '--config='], '--config needs a value'],
    [['up', '-c', 'name'], '"name" is not a setting: write it as --config codebase-mcp:name=value'],
  ])('refuses %j', (words, message) => {
    expect(() => readArguments(words)).toThrow(UsageFault)
    expect(() => readArguments(words)).toThrow(message)
  })
})
