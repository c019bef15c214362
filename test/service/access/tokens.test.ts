import { describe, expect, test } from 'vitest'
import type { Grant, Right } from '../../../service/access/grant.ts'
import { parseTokens } from '../../../service/access/tokens.ts'

const TOKEN = 'canary-token-0001'
const grantOf = (line: string) => parseTokens(line)[0]?.grant as Grant
const may = (line: string, right: Right, repository: string) => grantOf(line).to(right).allows(repository)
const faultOf = (text: string) => {
  try {
    return parseTokens(text)
  } catch (error) {
    return (error as Error).message
  }
}

describe('a file of tokens', () => {
  test('has one token per line, between comments and empty lines', () => {
    const text = `\uFEFF# team tokens\n\n${TOKEN}\r\n  another-token-002 # of Ada\n`
    expect(parseTokens(text).map(({ token }) => token)).toEqual([TOKEN, 'another-token-002'])
  })

  test.each([
    [TOKEN, 'read', 'any', true],
    [TOKEN, 'index', 'any', true],
    [`${TOKEN} *`, 'read', 'any', true],
    [`${TOKEN} shop blog`, 'read', 'blog', true],
    [`${TOKEN} shop blog`, 'index', 'shop', true],
    [`${TOKEN} shop blog`, 'read', 'shopp', false],
    [`${TOKEN}\tteam-*`, 'read', 'team-', true],
    [`${TOKEN} team-*`, 'read', 'my-team-shop', false],
    [`${TOKEN} rights=read shop`, 'read', 'shop', true],
    [`${TOKEN} shop rights=read,index`, 'index', 'shop', true],
    [`${TOKEN} rights=index # read`, 'index', 'any', true],
    [`${TOKEN} shop # blog`, 'read', 'blog', false],
  ] as const)('with %j may %s %s: %s', (line, right, repository, expected) => {
    expect(may(line, right, repository)).toBe(expected)
  })

  test('grants no repository without the right', () => {
    expect(() => grantOf(`${TOKEN} rights=read`).to('index')).toThrow('does not have the right to index')
    expect(() => grantOf(`${TOKEN} rights=index`).to('read')).toThrow('does not have the right to read')
  })

  test.each([
    ['\n# only a comment\n', 'holds no token'],
    ['\n\ncanary-short\n', 'line 3 has a token of fewer than 16 characters'],
    ['canary-token-"0001"', 'line 1 has a token with characters that no bearer token may have'],
    [`${TOKEN}\n${TOKEN} shop`, 'line 2 repeats the token of line 1'],
    [`${TOKEN} rights=canary`, 'line 1 has rights= with something other than read or index'],
    [`${TOKEN} rights=`, 'line 1 has rights= with something other than read or index'],
    [`${TOKEN} rights=read rights=index`, 'line 1 has more than one rights='],
    [`${TOKEN} canary${'0'.repeat(40)}`, 'line 1 seems to have a second token in place of a repository'],
    [`canary\n${TOKEN}\ncanary`, 'line 1 has a token of fewer than 16 characters; line 3 has a token of fewer'],
  ])('is refused with the line of its fault, but not its content: %j', (text, message) => {
    expect(faultOf(text)).toContain(message)
    expect(faultOf(text)).not.toContain('canary')
  })
})
