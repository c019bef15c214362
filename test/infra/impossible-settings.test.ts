import { describe, expect, test } from 'vitest'
import { plainSecrets } from '../../infra/settings/plain-secrets.ts'
import { read } from './keyed-settings.ts'

const faultsOf = (settings: Readonly<Record<string, unknown>>, target?: string) => {
  try {
    read(settings, target)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('the web page of a repository is refused with the address to write', () => {
  test.each([
    ['https://gitlab.example.com/a/b/shop/-/tree/main', 'https://gitlab.example.com/a/b/shop.git#main'],
    ['https://gitlab.example.com/a/shop/-/merge_requests/4', 'https://gitlab.example.com/a/shop.git'],
    ['https://gitea.example.com/a/shop/src/branch/main/lib', 'https://gitea.example.com/a/shop.git#main'],
    ['https://code.example.com/git/a/shop/src/tag/v1', 'https://code.example.com/git/a/shop.git#v1'],
    ['https://bitbucket.org/a/shop/src/main/', 'https://bitbucket.org/a/shop.git#main'],
    [
      'https://bitbucket.example.com/projects/TEAM/repos/shop/browse',
      'https://bitbucket.example.com/scm/team/shop.git',
    ],
    ['https://bitbucket.example.com/users/ann/repos/shop', 'https://bitbucket.example.com/scm/~ann/shop.git'],
    ['https://github.example.com/a/shop/tree/main', 'https://github.example.com/a/shop.git#main'],
    ['store=https://github.com/a/shop/blob/main/README.md', 'store=https://github.com/a/shop.git#main'],
    ['https://github.com/a/shop/pulls', 'https://github.com/a/shop.git'],
  ])('%s', (page, address) => {
    expect(faultsOf({ repositories: [page] })).toContain(
      `repositories has "${page}", which is its web page; write ${address}\n`,
    )
  })

  test('and so is a branch after an @', () => {
    expect(faultsOf({ repositories: ['https://git.example.com/a/shop.git@main'] })).toContain(
      'whose branch must follow a "#"; write https://git.example.com/a/shop.git#main',
    )
  })

  test.each([
    'https://git.example.com/src/shop.git',
    'https://git.example.com/a/b/tree.git#main',
    'https://github.com/a/shop',
    'ssh://git@git.example.com/projects/shop.git',
    'git@github.com:a/shop.git',
    'https://git.example.com/a/b/c/tree/shop.git',
    'https://gitlab.example.com/a/b/src/branch/shop.git#main',
  ])('but not the address %s', (address) => {
    expect(faultsOf({ repositories: [address] })).toBe('')
  })
})

describe('an image cannot be built', () => {
  test.each([
    ['node:24-alpine', 'has no apt'],
    ['gcr.io/distroless/nodejs24-debian13:latest', 'has no apt'],
    ['mirror.example.com/library/node:18-slim', 'needs Node 22 or newer'],
  ])('on %s', (base, says) => {
    const on = { image: { base }, server: {} }
    expect(faultsOf(on, 'docker')).toContain(`image.base is ${base}, `)
    expect(faultsOf(on, 'docker')).toContain(says)
  })

  test.each(['node:24-bookworm-slim', 'node:22', 'mirror.example.com/base/debian-node:3'])('but can on %s', (base) => {
    expect(faultsOf({ image: { base } }, 'docker')).toBe('')
  })
})

test('a group that is only for a cluster is refused on Docker, also if it is empty', () => {
  for (const group of ['cnpg', 'external']) {
    expect(faultsOf({ database: { [group]: {} } }, 'docker')).toContain(`database.${group} `)
  }
  expect(faultsOf({ kubernetes: {} }, 'docker')).toBe('')
})

test('workers can follow the queue with only their maximum set, and not if their number cannot change', () => {
  expect(faultsOf({ worker: { scaleOn: 'queue', maxReplicas: 6 } })).toBe('')
  expect(faultsOf({ worker: { scaleOn: 'queue' } })).toBe('')
  expect(faultsOf({ worker: { scaleOn: 'queue', replicas: 2 } })).toContain('the number of workers is always 2')
  expect(faultsOf({ worker: { scaleOn: 'queue', maxReplicas: 1 } })).toContain('the number of workers is always 1')
})

test('a quota counts the servers that really start', () => {
  const quota = { 'kubernetes.quotaCpus': 3.5, backup: { enabled: false } }
  expect(faultsOf({ 'kubernetes.quotaCpus': 1, running: false })).toBe('')
  expect(faultsOf(quota)).toBe('')
  expect(faultsOf({ 'kubernetes.quotaCpus': 2.9, backup: { enabled: false } })).toContain('(server 2 × 0.25')
  expect(
    faultsOf({ 'kubernetes.quotaCpus': 2.5, server: { maxReplicas: 1 }, backup: { enabled: false } }),
  ).not.toContain('server 2')
})

describe('what a process cannot take in one variable is refused', () => {
  const many = Array.from({ length: 4000 }, (_, at) => `name-${at}-of-a-repository-or-a-host.example`)

  test.each<[string, unknown, string]>([
    ['git', { allowedUrls: many.map((each) => `https://${each}/`) }, 'git.allowedUrls has 4000 entries'],
    [
      'access',
      { oidcIssuer: 'https://a.example.com', oidcAudience: 'b', oidcRepositories: many },
      'access.oidcRepositories has',
    ],
    ['network', { proxy: { https: 'http://proxy:3128', noProxy: many } }, 'network.proxy.noProxy has'],
    ['worker', { env: { NOTES: 'é'.repeat(70_000) } }, 'worker.env has NOTES with 140007 bytes'],
    ['server', { variables: { SECRETS_SHOWN: many.join(',') } }, 'server.variables has SECRETS_SHOWN'],
  ])('in %s', (group, value, message) => {
    expect(faultsOf({ [group]: value })).toContain(message)
  })

  test('and what it can take is not', () => {
    const variables = { NOTES: 'x'.repeat(128 * 1024 - 'NOTES=\0'.length) }
    expect(faultsOf({ worker: { env: variables } })).toBe('')
    expect(faultsOf({ worker: { env: { NOTES: `${variables.NOTES}x` } } })).toContain('worker.env has NOTES')
  })
})

test.each(['eusc-de-east-1', 'us-isob-east-1', 'mx-central-1', 'us-gov-west-1'])(
  'a bucket may be in %s',
  (s3Region) => {
    expect(faultsOf({ backup: { s3Bucket: 'team', s3Region, s3AccessKey: 'AK', s3SecretKey: 'secret' } })).toBe('')
  },
)

describe('a Secret among the extra objects', () => {
  const told = (object: object, secretKeys: readonly string[] = []) =>
    plainSecrets({
      values: { 'codebase-mcp:kubernetes': JSON.stringify({ extraObjects: [{ kind: 'ConfigMap' }, object] }) },
      secretKeys,
    })

  test('is told with the command that encrypts each of its values', () => {
    const [first, second, ...others] = told({
      kind: 'Secret',
      stringData: { token: 'hunter2' },
      data: { 'ca.crt': 'aGk=' },
    })
    expect(first).toMatch(
      /^codebase-mcp:kubernetes\.extraObjects\[1\]\.data\["ca\.crt"\] is a secret in plain text.*--secret/,
    )
    expect(second).toContain('kubernetes.extraObjects[1].stringData.token is a secret')
    expect(others).toEqual([])
    expect(`${first}${second}`).not.toContain('hunter2')
  })

  test('is not told if it is encrypted or has no values, and neither is a sealed one', () => {
    expect(told({ kind: 'Secret', stringData: { token: 'a' } }, ['codebase-mcp:kubernetes'])).toEqual([])
    expect(told({ kind: 'Secret', type: 'kubernetes.io/service-account-token' })).toEqual([])
    expect(told({ kind: 'SealedSecret', spec: { encryptedData: { token: 'AgBy' } } })).toEqual([])
  })
})
