import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { identityOf, TEST_STACK } from '../../stack/identity.ts'

const nameOf = (given?: string, settings: Record<string, string> = {}) =>
  identityOf({ stack: 'test', settings, passed: [] }, '/project', given).name

describe('the name of a test stack', () => {
  test('defaults to that of Pulumi.test.yaml', () => {
    expect(nameOf()).toBe(TEST_STACK)
    expect(readFileSync('Pulumi.test.yaml', 'utf8')).toContain(`codebase-mcp:name: ${TEST_STACK}\n`)
    expect(nameOf('test-7')).toBe('test-7')
    expect(nameOf(undefined, { 'codebase-mcp:name': 'my-test' })).toBe('my-test')
  })

  test.each(['codebase-mcp', 'dev', 'latest', 'contest-1', '../test', 'test/x', 'Test', `test-${'x'.repeat(30)}`])(
    'cannot be %s',
    (name) => {
      expect(() => nameOf(name)).toThrow(`${JSON.stringify(name)} cannot be the name of a test stack`)
    },
  )
})
