import { expect, test } from 'vitest'
import { parseGitSources } from '../../service/git-sources.ts'

const parsed = (...entries: readonly unknown[]) => parseGitSources(JSON.stringify(entries))
const ACME = { kind: 'github', url: 'https://github.com/acme' }

test('a source has all its default exclusions', () => {
  expect(parsed({ kind: 'gitlab', url: 'https://Git.Example.com/team/sub/' })).toEqual([
    {
      kind: 'gitlab',
      url: 'https://git.example.com/team/sub',
      include: [],
      exclude: [],
      archived: false,
      forks: false,
    },
  ])
})

test.each([
  ['{"kind": "github"}', 'must be a JSON list'],
  ['[', 'must be a JSON list'],
  [JSON.stringify([{ ...ACME, kind: 'bitbucket' }]), 'has a mistake in entry 1: kind must be github, gitlab or gitea'],
  [JSON.stringify([ACME, { kind: 'gitea' }]), 'has a mistake in entry 2: url must be the URL'],
  [JSON.stringify([{ ...ACME, token: 'x' }]), 'unknown: token'],
  [JSON.stringify([{ ...ACME, include: 'acme/*' }]), 'include must be a list of paths'],
  [JSON.stringify([{ ...ACME, exclude: ['(a+)+'] }]), 'exclude.0 must be a path such as acme/shop-*'],
  [JSON.stringify([{ ...ACME, forks: 'no' }]), 'forks must be true or false'],
  [JSON.stringify([{ ...ACME, url: 'https://github.com/' }]), 'names no organisation or group'],
  [
    JSON.stringify([{ ...ACME, url: 'https://github.com/acme/shop' }]),
    'is longer than the URL of a GitHub organisation',
  ],
  [JSON.stringify([{ ...ACME, url: 'git@github.com:acme' }]), 'give the address of its page'],
  [JSON.stringify([{ ...ACME, url: 'https://token@github.com/acme' }]), 'it contains a user or a password'],
  [JSON.stringify([{ ...ACME, url: 'acme' }]), 'it is not a URL'],
  [JSON.stringify([ACME, { ...ACME, url: 'https://github.com/acme/' }]), 'has https://github.com/acme twice'],
])('%s is refused: it %s', (text, message) => {
  expect(() => parseGitSources(text)).toThrow(message)
})
