import { expect, test } from 'vitest'
import { parseGitCredentials } from '../../service/git-credentials.ts'

test('credentials are tokens and keys by URL prefix of repositories', () => {
  const keys = { keyFile: '/run/key', knownHostsFile: '/run/known_hosts' }
  const text = JSON.stringify({
    'https://H/team/': { token: 't' },
    'http://h': { token: 't', username: 'me' },
    'git@h:': keys,
  })
  expect(parseGitCredentials(text)).toEqual([
    { prefix: 'https://h/team', username: 'x-access-token', token: 't' },
    { prefix: 'http://h', username: 'me', token: 't' },
    { prefix: 'ssh://git@h', ...keys },
  ])
})

test.each([
  ['no JSON', 'https://me:secret@h', 'must be a JSON object'],
  ['no object', '["secret"]', 'must be a JSON object'],
  ['no URL', '{"h": {"token": "secret"}}', 'not a URL'],
  ['a password in the URL', '{"https://me:secret@h": {"token": "secret"}}', 'a user or a password'],
  ['no token', '{"https://h": "secret"}', 'https takes token'],
  ['a misspelt field', '{"https://h": {"tokn": "secret"}}', '"tokn"'],
  ['a token of two lines', '{"https://h": {"token": "secret\\nsecret"}}', 'token: must be printable ASCII'],
  ['a key for https', '{"https://h": {"keyFile": "/k", "knownHostsFile": "/h"}}', 'https takes token'],
  ['a token for SSH', '{"ssh://h": {"token": "secret"}}', 'ssh takes keyFile'],
  ['a relative path', '{"ssh://h": {"keyFile": "k", "knownHostsFile": "/h"}}', 'keyFile: must be an absolute path'],
])('credentials are refused with %s, and never shown', (_, text, message) => {
  const fault = (() => {
    try {
      return parseGitCredentials(text)
    } catch (error) {
      return error
    }
  })()
  expect(fault).toMatchObject({ code: 'configuration_invalid', message: expect.stringContaining(message) })
  expect(String(fault)).not.toContain('secret')
})
