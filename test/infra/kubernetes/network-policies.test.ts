import { describe, expect, test } from 'vitest'
import { networkPolicies } from '../../../infra/kubernetes/network-policies.ts'
import { made, settingsOf } from '../mocked.ts'

const REQUIRED = { kubernetes: { context: 'production' }, image: { reference: 'registry.example.com/codebase-mcp:1' } }

const settings = (values: Record<string, unknown> = {}) => settingsOf('kubernetes', { ...REQUIRED, ...values })

interface Peer {
  readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> }
  readonly namespaceSelector?: { readonly matchLabels?: Readonly<Record<string, string>> }
  readonly ipBlock?: { readonly cidr: string; readonly except?: string[] }
}

interface Rule {
  readonly from?: Peer[]
  readonly to?: Peer[]
  readonly ports: { readonly protocol: string; readonly port: number }[]
}

interface Spec {
  readonly podSelector: object
  readonly policyTypes: string[]
  readonly ingress: Rule[]
  readonly egress: Rule[]
}

const policies = (values?: Record<string, unknown>) =>
  networkPolicies(settings(values)) as unknown as Readonly<Record<string, Spec>>

/** Formats a rule: its peers and ports. */
const inWords = ({ from, to, ports }: Rule) =>
  `${(from ?? to ?? []).map(peerInWords).join(' ')} : ${ports.map(({ port }) => port).join(' ')}`

function peerInWords({ podSelector, namespaceSelector, ipBlock }: Peer): string {
  if (ipBlock !== undefined) return ipBlock.cidr
  const namespace = namespaceSelector && (namespaceSelector.matchLabels?.['kubernetes.io/metadata.name'] ?? 'any')
  const labels = podSelector?.matchLabels
  const pods = podSelector && (labels?.['app.kubernetes.io/component'] ?? Object.values(labels ?? { all: '*' }).join())
  return [namespace, pods].filter((part) => part !== undefined).join('/')
}

const ingressOf = (component: string, values?: Record<string, unknown>) =>
  policies(values)[component]?.ingress.map(inWords)

/** Returns the egress rules except the first, which allows DNS. */
const egressOf = (component: string, values?: Record<string, unknown>) =>
  policies(values)[component]?.egress.slice(1).map(inWords)

describe('the network policies', () => {
  test('select all pods of the stack, to deny what is not allowed', () => {
    expect(policies()['default-deny']).toEqual({
      podSelector: {
        matchLabels: { 'app.kubernetes.io/name': 'codebase-mcp', 'app.kubernetes.io/instance': 'codebase-mcp' },
      },
      policyTypes: ['Ingress', 'Egress'],
    })
  })

  test('exist for each component, in both directions', () => {
    expect(Object.keys(policies()).toSorted()).toEqual([
      'backup',
      'default-deny',
      'migration',
      'model',
      'ollama',
      'postgres',
      'restore-test',
      'roles',
      'server',
      'worker',
    ])
    for (const [name, { policyTypes }] of Object.entries(policies())) {
      expect(policyTypes, name).toEqual(['Ingress', 'Egress'])
    }
  })

  test('do not exist if they are disabled', async () => {
    expect(policies({ network: { policies: false } })).toEqual({})
  })

  test('exclude Jobs while nothing runs', () => {
    const stopped = Object.keys(policies({ running: false }))
    expect(stopped).toContain('server')
    expect(stopped).not.toContain('migration')
  })

  test('admit callers of the server from its own namespace, and from named ones', () => {
    expect(ingressOf('server')).toEqual(['* : 8000'])
    expect(ingressOf('server', { network: { clients: ['agents'] } })).toEqual(['* agents : 8000'])
  })

  test("admit the Gateway's namespace, or the named one", () => {
    const gateway = { kind: 'gateway', host: 'code.example.com', gateway: 'gateways/main' }
    expect(ingressOf('server', { edge: gateway })).toEqual(['* gateways : 8000'])
    expect(ingressOf('server', { edge: { ...gateway, namespace: 'proxies' } })).toEqual(['* proxies : 8000'])
    const ingress = { kind: 'ingress', host: 'code.example.com', namespace: 'haproxy' }
    expect(ingressOf('server', { edge: ingress })).toEqual(['* haproxy : 8000'])
  })

  test('admit everybody for "*", also from outside the cluster', () => {
    expect(policies({ network: { clients: ['*', 'agents'] } }).server?.ingress[0]?.from).toEqual([])
  })

  test('admit Prometheus only if monitoring is on', () => {
    expect(ingressOf('worker')).toEqual([])
    const monitored = { profiles: ['monitoring'], monitoring: { namespace: 'observability' } }
    expect(ingressOf('worker', monitored)).toEqual(['observability : 8000'])
    expect(ingressOf('server', monitored)).toContain('observability : 8000')
    expect(ingressOf('postgres', monitored)?.join()).not.toContain('observability')
  })

  test('allow only clients of Postgres to reach it', () => {
    expect(ingressOf('postgres')).toEqual(['server worker migration roles backup restore-test : 5432'])
    expect(policies().postgres?.egress).toEqual([])
    expect(ingressOf('postgres', { backup: { enabled: false } })).toEqual(['server worker migration roles : 5432'])
  })

  test.each([
    ['an address', { external: { host: '192.0.2.7', port: 6432, password: 'p' } }, '192.0.2.7/32 : 6432'],
    ['a name outside', { external: { host: 'db.example.com', password: 'p' } }, '0.0.0.0/0 ::/0 : 5432'],
    ['a Service', { url: 'postgres://u:p@pg.data.svc.cluster.local:5433/x' }, 'data : '],
    ['a URL', { url: 'postgres://u:p@db.example.com:5433/x' }, '0.0.0.0/0 ::/0 : 5433'],
  ])('allow a database that is %s', (_, database, expected) => {
    expect(egressOf('migration', { database })).toEqual([expected])
    expect(policies({ database })).not.toHaveProperty('postgres')
    expect(policies({ database })).not.toHaveProperty('roles')
  })

  test('allow any address on the port of Postgres if an existing Secret holds the URL', () => {
    expect(egressOf('migration', { secrets: { database: 'database' } })).toEqual(['0.0.0.0/0 ::/0 any : 5432'])
  })

  test('guard the pods of CloudNativePG, and leave their egress to its operator', () => {
    const { cnpg } = policies({ database: { cnpg: {} }, profiles: ['monitoring'] })
    expect(cnpg?.podSelector).toEqual({ matchLabels: { 'cnpg.io/cluster': 'postgres' } })
    expect(cnpg?.ingress.map(inWords)).toEqual([
      'server worker migration roles backup restore-test : 5432',
      'postgres any/cloudnative-pg : 5432 8000',
      'monitoring : 9187',
    ])
    expect(cnpg?.egress).toEqual([{}])
  })

  test('allow clients of the model to reach Ollama, and Ollama to reach registries', () => {
    expect(ingressOf('ollama')).toEqual(['server worker model : 11434'])
    expect(egressOf('ollama')).toEqual(['0.0.0.0/0 ::/0 : 443'])
    const model = (name: string, insecure = false) => egressOf('ollama', { ollama: { model: name, insecure } })
    expect(model('registry.example.com:5001/library/all-minilm')).toEqual(['0.0.0.0/0 ::/0 : 443 5001'])
    expect(model('192.0.2.2/library/all-minilm', true)).toEqual(['0.0.0.0/0 ::/0 : 443', '192.0.2.2/32 : 80'])
    expect(model('library/all-minilm')).toEqual(['0.0.0.0/0 ::/0 : 443'])
  })

  test('allow an external Ollama, and none if nothing is embedded', () => {
    expect(egressOf('model', { ollama: { url: 'http://192.0.2.9:8080' } })).toEqual(['192.0.2.9/32 : 8080'])
    expect(policies({ ollama: { url: 'http://192.0.2.9:8080' } })).not.toHaveProperty('ollama')
    expect(policies({ ollama: { enabled: false } })).not.toHaveProperty('model')
  })

  test('allow workers to reach git servers, each address once', () => {
    const [, ...lines] = egressOf('worker', { ollama: { enabled: false } }) ?? []
    expect(lines).toEqual(['0.0.0.0/0 ::/0 : 443 22'])
    const repositories = [
      'https://git.example.com/team/one.git',
      'cart=ssh://git@git.example.com:2222/team/cart.git#main',
      'git@192.0.2.4:team/two.git',
      'http://gitea.tools.svc:3000/team/three.git',
      'http://gitea/team/four.git',
    ]
    const git = { allowedUrls: ['https://git.example.com:8443/team'] }
    const server = { variables: { HTTPS_PROXY: 'http://proxy.example.com:3128' } }
    const [, ...all] = egressOf('worker', { ollama: { enabled: false }, repositories, git, server }) ?? []
    expect(all).toEqual(['0.0.0.0/0 ::/0 : 443 22 2222 8443 3128', '192.0.2.4/32 : 22', 'tools : ', '* : '])
  })

  test('exclude addresses of the machine itself from the outside', () => {
    const outside = policies()
      .worker?.egress.at(-1)
      ?.to?.map(({ ipBlock }) => ipBlock)
    expect(outside).toEqual([
      { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] },
      { cidr: '::/0', except: ['fe80::/10', 'fd00:ec2::/32'] },
    ])
  })

  test('allow backups to reach their storage and the server to reach its issuer', () => {
    const s3 = { s3Bucket: 'backups', s3AccessKey: 'a', s3SecretKey: 'b' }
    expect(egressOf('backup', { backup: s3 })?.at(-1)).toBe('0.0.0.0/0 ::/0 : 443')
    expect(egressOf('restore-test', { backup: { ...s3, s3Endpoint: 'http://192.0.2.5:9000' } })?.at(-1)).toBe(
      '192.0.2.5/32 : 9000',
    )
    const access = { oidcIssuer: 'https://login.example.com:8443/realm', oidcAudience: 'codebase' }
    expect(egressOf('server', { access })?.at(-1)).toBe('0.0.0.0/0 ::/0 : 8443')
  })

  test('allow DNS for every component with egress, at the cluster and at addresses in the settings', () => {
    const first = policies({ network: { dns: ['10.96.0.10', 'fd00::a'] } }).migration?.egress[0]
    expect(first?.to?.slice(1).map(peerInWords)).toEqual(['10.96.0.10/32', 'fd00::a/128'])
    expect(first?.to?.[0]?.namespaceSelector?.matchLabels).toEqual({ 'kubernetes.io/metadata.name': 'kube-system' })
    expect(first?.ports).toEqual([
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ])
  })

  test('allow the DNS servers that the pods of a component are given, and no others', () => {
    const dnsConfig = { nameservers: ['10.1.1.53', 'fd00::53'] }
    const own = { worker: { dnsConfig: { nameservers: ['10.2.2.53'] } }, backup: { dnsConfig: { searches: ['corp'] } } }
    const servers = (component: string, more = {}) =>
      policies({ kubernetes: { ...REQUIRED.kubernetes, dnsConfig }, network: { dns: [] }, ...more })
        [component]?.egress[0]?.to?.slice(1)
        .map(peerInWords)
    expect(servers('migration')).toEqual(['10.1.1.53/32', 'fd00::53/128'])
    expect(servers('worker', own)).toEqual(['10.2.2.53/32'])
    expect(servers('restore-test', own)).toEqual([])
  })

  test('allow a name of two parts as a Service with its namespace, and as a host outside', () => {
    const ollama = { url: 'http://ollama.models:11434' }
    expect(egressOf('model', { ollama })).toEqual(['0.0.0.0/0 ::/0 : 11434', 'models : '])
    expect(egressOf('model', { ollama: { url: 'http://example.com' } })).toEqual(['0.0.0.0/0 ::/0 : 80'])
    const { backup } = policies({
      backup: { s3Bucket: 'backups', s3AccessKey: 'a', s3SecretKey: 'b', s3Endpoint: 'http://minio.storage:9000' },
      network: { proxy: { https: 'http://squid.proxies:3128' } },
    })
    expect(backup?.egress.map(inWords)).toEqual(expect.arrayContaining(['storage : ', 'proxies : ']))
  })

  test('allow pods of other namespaces to answer DNS, whatever their labels', () => {
    const [, second] = policies({ network: { dnsNamespaces: ['openshift-dns', 'dns'] } }).server?.egress ?? []
    expect(second?.to).toEqual(
      ['openshift-dns', 'dns'].map((name) => ({
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
      })),
    )
    expect(second?.ports.map(({ protocol, port }) => `${protocol} ${port}`)).toEqual([
      'UDP 53',
      'TCP 53',
      'UDP 5353',
      'TCP 5353',
    ])
  })

  test('direct all outside egress to the proxy, by its address, its name or its Service', () => {
    const bucket = { s3Bucket: 'backups', s3AccessKey: 'a', s3SecretKey: 'b' }
    const proxied = (https: string, backup = {}) =>
      Object.entries(policies({ backup, network: { proxy: { https } } })).flatMap(([name, spec]) => {
        const last = name === 'default-deny' ? undefined : spec.egress.at(-1)
        return last !== undefined && /192.0.2.7|squid/.test(inWords(last)) ? [[name, inWords(last)]] : []
      })
    expect(proxied('http://192.0.2.7:3128').map(([name]) => name)).toEqual(['server', 'worker', 'model', 'ollama'])
    expect(proxied('http://192.0.2.7:3128', bucket)).toContainEqual(['restore-test', '192.0.2.7/32 : 3128'])
    expect(proxied('http://proxy.squid.svc:3128')).toContainEqual(['ollama', 'squid : '])
    const elsewhere = policies({
      ollama: { url: 'http://192.0.2.9:1' },
      network: { proxy: { http: 'https://a.example.com:8443' } },
    })
    expect(elsewhere.model?.egress.map(inWords)).toContain('0.0.0.0/0 ::/0 : 8443')
    expect(elsewhere).not.toHaveProperty('ollama')
  })

  test("are resources in the namespace, with their component's labels", async () => {
    const { Base } = await import('../../../infra/kubernetes/base.ts')
    const { NetworkPolicies } = await import('../../../infra/kubernetes/network-policies.ts')
    const all = await made((own) => {
      const base = new Base('base', { settings: settings() }, own)
      return new NetworkPolicies('network', { settings: settings(), base }, own)
    })
    const found = all.filter(({ type }) => type === 'kubernetes:networking.k8s.io/v1:NetworkPolicy')
    expect(found.map(({ name }) => name)).toContain('postgres-connections')
    for (const { inputs } of found) {
      const { name } = inputs.metadata as { name: string }
      expect(inputs.metadata).toMatchObject({
        namespace: 'codebase-mcp',
        labels: { 'app.kubernetes.io/component': name },
      })
    }
  })
})
