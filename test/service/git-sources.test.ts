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

test.each([
  ['github', 'https://www.github.com/acme', 'https://github.com/acme'],
  ['github', 'https://api.github.com/orgs/acme', 'https://github.com/acme'],
  ['github', 'https://github.com/orgs/acme/repositories', 'https://github.com/acme'],
  ['github', 'https://code.example.com/users/ann', 'https://code.example.com/ann'],
  ['gitlab', 'https://gitlab.com/groups/acme/platform', 'https://gitlab.com/acme/platform'],
  ['gitlab', 'https://gitlab.com/groups/acme/-/projects', 'https://gitlab.com/acme'],
  ['gitlab', 'https://gitlab.com/users/ann/projects', 'https://gitlab.com/ann'],
  ['gitlab', 'https://code.example.com/git/acme/-/group_members', 'https://code.example.com/git/acme'],
  ['gitea', 'https://codeberg.org/org/acme/teams', 'https://codeberg.org/acme'],
  ['gitea', 'https://code.example.com/git/org/acme/dashboard', 'https://code.example.com/git/acme'],
])('a page of %s, %s, is refused with the URL to give', (kind, url, owner) => {
  expect(() => parsed({ kind, url })).toThrow(`has ${url} in entry 1, which is a page of it; give ${owner}`)
})

test.each([
  ['gitlab', 'https://gitlab.example.com/platform/groups/web'],
  ['gitea', 'https://code.example.com/org/acme'],
  ['github', 'https://github.example.com/orgs'],
])('an owner of %s with the URL %s is taken', (kind, url) => {
  expect(parsed({ kind, url })[0]?.url).toBe(url)
})

test('two sources are the same if only the case of their path differs', () => {
  expect(() => parsed(ACME, { ...ACME, url: 'https://github.com/Acme' })).toThrow('twice')
})
