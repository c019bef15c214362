import { describe, expect, test } from 'vitest'
import { networkPolicies } from '../../../infra/kubernetes/network-policies.ts'
import { KubernetesStack } from '../../../infra/kubernetes/stack.ts'
import { made, settingsOf } from '../mocked.ts'

const IMAGE = { image: { reference: 'registry.example.com/codebase-mcp:1.0.0' } }
const SOURCES = [
  { kind: 'github', url: 'https://github.com/acme', include: ['acme/shop-*'] },
  { kind: 'gitea', url: 'http://gitea.forge.svc:3000/team', forks: true },
]

describe('sources', () => {
  test('reach the workers as a file, like a list of 5,000 repositories', async () => {
    const repositories = Array.from({ length: 5000 }, (_, at) => `https://git.example.com/team/service-${at}.git`)
    const settings = settingsOf('kubernetes', {
      ...IMAGE,
      sources: SOURCES,
      repositories,
      git: { sourcesInterval: 60 },
    })
    const resources = await made((options) => new KubernetesStack('codebase', { settings }, options))
    const config = resources.find(({ name }) => name.endsWith('worker-repositories-config'))
    const data = config?.inputs.data as Record<string, string>
    expect(JSON.parse(data.git_sources ?? '')).toEqual(SOURCES)
    expect(data.repositories?.trim().split('\n')).toEqual(repositories)
    const pods = resources.find(({ name }) => name === 'worker-pods')?.inputs as never as {
      readonly spec: {
        readonly template: { readonly spec: { readonly containers: readonly { readonly env: object[] }[] } }
      }
    }
    const [container] = pods.spec.template.spec.containers
    expect(container?.env).toEqual(
      expect.arrayContaining([
        { name: 'GIT_SOURCES_FILE', value: '/etc/codebase-mcp/git_sources' },
        { name: 'GIT_SOURCES_INTERVAL', value: '60' },
      ]),
    )
  })

  test('are allowed by network policies, also within the cluster', () => {
    const { worker } = networkPolicies(settingsOf('kubernetes', { ...IMAGE, sources: SOURCES }))
    expect(JSON.stringify(worker?.egress)).toContain('"kubernetes.io/metadata.name":"forge"')
  })

  test.each([
    [{ kind: 'bitbucket', url: 'https://bitbucket.org/acme' }, 'sources.0.kind must be one of github, gitlab, gitea'],
    [{ kind: 'github' }, 'sources.0.url must be a URL that starts with https:// or http://, got nothing'],
    [
      { kind: 'github', url: 'https://github.com' },
      'sources has https://github.com in entry 1, which names no organisation',
    ],
    [{ kind: 'github', url: 'https://github.com/acme/shop' }, 'is longer than the URL of a GitHub organisation'],
    [{ kind: 'github', url: 'https://u:p@github.com/acme' }, 'it contains a user or a password'],
    [{ kind: 'github', url: 'https://github.com/acme', include: ['acme/(shop'] }, 'sources.0.include.0 must be a path'],
    [{ kind: 'github', url: 'https://github.com/acme', archive: true }, 'sources.0.archive'],
  ])('%j is refused: %s', (source, message) => {
    expect(() => settingsOf('kubernetes', { ...IMAGE, sources: [source] })).toThrow(message)
  })

  test('a duplicate is refused', () => {
    const sources = [SOURCES[0], { kind: 'github', url: 'https://github.com/acme/' }]
    expect(() => settingsOf('kubernetes', { ...IMAGE, sources })).toThrow('sources has https://github.com/acme twice')
  })
})
