import { describe, expect, test } from 'vitest'
import { Base } from '../../../infra/kubernetes/base.ts'
import { Edge } from '../../../infra/kubernetes/edge.ts'
import { hostsOf, outsideOf, urlOf } from '../../../infra/kubernetes/url.ts'
import { SettingsFault } from '../../../infra/settings/settings.ts'
import { made, settingsOf } from '../mocked.ts'

const settings = (edge: Record<string, unknown>, values: Record<string, unknown> = {}) =>
  settingsOf('kubernetes', {
    kubernetes: { context: 'production', namespace: 'code' },
    image: { reference: 'registry.example.com/codebase-mcp:1' },
    edge,
    ...values,
  })

async function edgeOf(edge: Record<string, unknown>) {
  const given = settings(edge)
  const all = await made(
    (own) => new Edge('edge', { settings: given, base: new Base('base', { settings: given }, own) }, own),
  )
  return all.filter(({ name }) => name.startsWith('edge-')).map(({ inputs }) => inputs)
}

const GATEWAY = { kind: 'gateway', host: 'code.example.com', gateway: 'gateways/main' }
const INGRESS = { kind: 'ingress', host: 'code.example.com', namespace: 'haproxy' }

describe('the edge', () => {
  test('does not exist by default', async () => {
    expect(await edgeOf({})).toEqual([])
  })

  test('is a route of a Gateway that does not time out streams', async () => {
    expect(await edgeOf({ ...GATEWAY, listener: 'https', annotations: { team: 'platform' } })).toEqual([
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: expect.objectContaining({ name: 'server', namespace: 'code', annotations: { team: 'platform' } }),
        spec: {
          parentRefs: [{ name: 'main', namespace: 'gateways', sectionName: 'https' }],
          hostnames: ['code.example.com'],
          rules: [
            {
              matches: [{ path: { type: 'PathPrefix', value: '/' } }],
              backendRefs: [{ name: 'server', port: 8000 }],
              timeouts: { request: '0s' },
            },
          ],
        },
      },
    ])
  })

  test('strips a path before the server sees it', async () => {
    const [route] = await edgeOf({ ...GATEWAY, gateway: 'main', path: '/codebase' })
    expect(route?.spec).toMatchObject({
      parentRefs: [{ name: 'main' }],
      rules: [
        {
          matches: [{ path: { value: '/codebase' } }],
          filters: [
            {
              type: 'URLRewrite',
              urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
            },
          ],
        },
      ],
    })
  })

  test('is an Ingress with its class, certificate and annotations', async () => {
    const own = { class: 'haproxy', tlsSecret: 'code-tls', annotations: { 'cert-manager.io/issuer': 'ours' } }
    expect(await edgeOf({ ...INGRESS, ...own })).toEqual([
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: expect.objectContaining({ name: 'server', annotations: own.annotations }),
        spec: {
          ingressClassName: 'haproxy',
          tls: [{ hosts: ['code.example.com'], secretName: 'code-tls' }],
          rules: [
            {
              host: 'code.example.com',
              http: {
                paths: [
                  { path: '/', pathType: 'Prefix', backend: { service: { name: 'server', port: { number: 8000 } } } },
                ],
              },
            },
          ],
        },
      },
    ])
  })

  test('has a path that the NGINX controller strips, if its annotation says so', async () => {
    const pathsOf = async (annotations: Record<string, string>) => {
      const [ingress] = await edgeOf({ ...INGRESS, path: '/codebase/', annotations })
      return ingress?.spec
    }
    const nginx = { path: '/codebase(/|$)(.*)', pathType: 'ImplementationSpecific' }
    expect(await pathsOf({ 'nginx.ingress.kubernetes.io/rewrite-target': '/$2' })).toMatchObject({
      rules: [{ http: { paths: [nginx] } }],
    })
    expect(await pathsOf({ 'haproxy-ingress.github.io/rewrite-target': '/' })).toMatchObject({
      rules: [{ http: { paths: [{ path: '/codebase/', pathType: 'Prefix' }] } }],
    })
  })

  test('accepts each host, and clients are told the first', async () => {
    const { host: _, ...unnamed } = INGRESS
    const hosts = ['new.example.com', 'old.example.com']
    const [ingress] = await edgeOf({ ...unnamed, hosts, tlsSecret: 'tls' })
    expect(ingress?.spec).toMatchObject({ tls: [{ hosts }], rules: [{ host: hosts[0] }, { host: hosts[1] }] })
    const [route] = await edgeOf({ ...GATEWAY, hosts })
    expect(route?.spec).toMatchObject({ hostnames: ['code.example.com', ...hosts] })
    expect(hostsOf(settings({ ...GATEWAY, hosts })).slice(-3)).toEqual(['code.example.com', ...hosts])
    expect(urlOf(settings({ ...unnamed, hosts, scheme: 'https' }))).toBe('https://new.example.com')
  })

  test('omits class and certificate to use those of the cluster', async () => {
    const [ingress] = await edgeOf(INGRESS)
    expect(Object.keys(ingress?.spec as object)).toEqual(['rules'])
  })
})

describe('the names of the server', () => {
  test('are those of its Service, of itself, and of the edge', () => {
    const inside = [
      'localhost',
      '127.0.0.1',
      'server',
      'server.code',
      'server.code.svc',
      'server.code.svc.cluster.local',
    ]
    expect(hostsOf(settings({}))).toEqual(inside)
    expect(hostsOf(settings(GATEWAY))).toEqual([...inside, 'code.example.com'])
  })

  test.each([
    [{}, 'http://server.code.svc:8000'],
    [GATEWAY, 'https://code.example.com'],
    [{ ...GATEWAY, path: '/codebase/' }, 'https://code.example.com/codebase'],
    [INGRESS, 'http://code.example.com'],
    [{ ...INGRESS, tlsSecret: 'code-tls' }, 'https://code.example.com'],
  ])('with %j are %s', (edge, expected) => {
    expect(urlOf(settings(edge))).toBe(expected)
  })
})

test('a server without an edge is reached from a machine by a forwarded port, of the right cluster and namespace', () => {
  const current = settings({}, { kubernetes: { namespace: 'code' } })
  expect(outsideOf(settings({}))).toEqual({
    url: 'http://127.0.0.1:8000',
    command: 'kubectl --context production --namespace code port-forward service/server 8000',
  })
  expect(outsideOf(current)?.command).toBe('kubectl --namespace code port-forward service/server 8000')
  expect(outsideOf(settings(GATEWAY))).toBeUndefined()
})

describe('settings of the edge', () => {
  const faultsOf = (edge: Record<string, unknown>, values?: Record<string, unknown>) => {
    try {
      settings(edge, values)
      return ''
    } catch (error) {
      if (error instanceof SettingsFault) return error.message
      throw error
    }
  }

  test('name the namespace of an Ingress controller if policies must admit it', () => {
    const { namespace: _, ...nowhere } = INGRESS
    expect(faultsOf(nowhere)).toContain('edge.namespace is missing')
    expect(faultsOf(nowhere, { network: { policies: false } })).toBe('')
    expect(faultsOf(nowhere, { network: { clients: ['*'] } })).toBe('')
  })

  test('list distinct hosts, no more than a route accepts', () => {
    const { host: _, ...unnamed } = GATEWAY
    const many = Array.from({ length: 17 }, (_each, n) => `h${n}.example.com`)
    expect(faultsOf(unnamed)).toContain('edge.host is missing')
    expect(faultsOf({ ...unnamed, hosts: many })).toContain('edge.hosts has 17 hosts, but an HTTPRoute allows 16')
    expect(faultsOf({ hosts: ['a.example.com'] })).toContain('edge.hosts requires edge.kind')
    expect(faultsOf({ ...unnamed, hosts: ['https://a.example.com'] })).toContain('edge.hosts')
    expect(settings({ ...GATEWAY, hosts: ['Code.example.com'] }).edge.hosts).toEqual(['code.example.com'])
  })

  test('say how an Ingress strips a path', () => {
    expect(faultsOf({ ...INGRESS, path: '/codebase' })).toContain('edge.path is /codebase')
    expect(faultsOf({ ...INGRESS, path: '/codebase', annotations: { 'haproxy.org/path-rewrite': '/' } })).toBe('')
  })

  test('refuse options of a Gateway for an Ingress, and vice versa', () => {
    expect(faultsOf({ ...INGRESS, listener: 'https' })).toContain('edge.listener')
    expect(faultsOf({ ...GATEWAY, tlsSecret: 'code-tls' })).toContain('edge.tlsSecret')
  })
})
