import { describe, expect, test } from 'vitest'
import { READ_FROM_FILES } from '../../infra/policy/secrets.ts'
import { Hidden } from '../../infra/settings/hidden.ts'
import { plainSecrets } from '../../infra/settings/plain-secrets.ts'
import { readSettings, SettingsFault } from '../../infra/settings/settings.ts'
import { SECRETS } from '../../service/environment.ts'

type Values = Readonly<Record<string, unknown>>

const CLUSTER = { target: 'kubernetes', image: { reference: 'registry.example.com/codebase-mcp:1' } }

const BROKEN = '-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----'

const configOf = (values: Values) =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      `codebase-mcp:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )

function faultsOf(values: Values): string {
  try {
    readSettings(configOf({ ...CLUSTER, ...values }))
  } catch (error) {
    if (error instanceof SettingsFault) return error.message
    throw error
  }
  throw new Error('the settings were accepted')
}

describe('settings for a cluster', () => {
  test.each<[string, Values]>([
    [
      'kubernetes.tolerations.0 has tolerationSeconds',
      { kubernetes: { tolerations: [{ key: 'a', tolerationSeconds: 5 }] } },
    ],
    [
      'kubernetes.tolerations.0.kye is not a setting; did you mean kubernetes.tolerations.0.key',
      { kubernetes: { tolerations: [{ kye: 'a' }] } },
    ],
    [
      'kubernetes.affinity.nodeAfinity is not a setting; did you mean kubernetes.affinity.nodeAffinity',
      { kubernetes: { affinity: { nodeAfinity: {} } } },
    ],
    [
      'kubernetes.podLabels has app.kubernetes.io/instance',
      { kubernetes: { podLabels: { 'app.kubernetes.io/instance': 'x' } } },
    ],
    [
      'image.reference and image.registry cannot be combined',
      { image: { reference: 'registry.example.com/a:1', registry: 'registry.example.com' } },
    ],
    [
      'image.reference and image.base cannot be combined',
      { image: { reference: 'registry.example.com/a:1', base: 'node:24' } },
    ],
    ['image.registry must be a registry with a path', { image: { registry: 'https://registry.example.com' } }],
    ['image.registry must be a registry with a path', { image: { registry: 'registry.example.com/team:1' } }],
    ['image.registry must be a registry with a path', { image: { registry: 'team' } }],
    ['image.platforms must name a platform', { image: { registry: 'registry.example.com', platforms: [] } }],
    ['image.user and image.password must be set together', { image: { registry: 'registry.example.com', user: 'ci' } }],
    [
      'backup.s3Bucket needs backup.s3AccessKey and backup.s3SecretKey',
      {
        backup: {
          s3Bucket: 'team',
          serviceAccount: { name: 'a', annotations: { 'iam.gke.io/gcp-service-account': 'b' } },
        },
      },
    ],
    ['kubernetes.namespace is kube-system', { kubernetes: { namespace: 'kube-system' } }],
    [
      'backup.serviceAccount and kubernetes.serviceAccount both have the name code',
      { kubernetes: { serviceAccount: { name: 'code' } }, backup: { serviceAccount: { name: 'code' } } },
    ],
    [
      'server.initContainers.0.image must be an image reference',
      { server: { initContainers: [{ name: 'a', image: 'https://x/y' }] } },
    ],
    ['server.env.KEY must be a text, or a source', { server: { env: { KEY: ['x'] } } }],
    ['worker.env has CLONES_MAX_BYTES, which must be a whole number', { worker: { env: { CLONES_MAX_BYTES: '8Gi' } } }],
    ['postgres.env has PGDATA, which the stack sets itself', { postgres: { env: { PGDATA: '/x' } } }],
    [
      'server.variables has WEBHOOK_SECRET, which the stack sets itself; set git.webhookSecret instead',
      { server: { variables: { WEBHOOK_SECRET: 'x' } } },
    ],
    [
      'network.proxy.https must be a URL such as http://proxy.example.com:3128, with its port and without a path, got "proxy.example.com:3128"',
      { network: { proxy: { https: 'proxy.example.com:3128' } } },
    ],
    ['network.proxy.http must be a URL', { network: { proxy: { http: 'http://proxy.example.com' } } }],
    ['network.proxy.http must be a URL', { network: { proxy: { http: 'socks5://proxy.example.com:1080' } } }],
    [
      'network.proxy.https must be the address of another host',
      { network: { proxy: { https: 'http://127.0.0.1:1' } } },
    ],
    ['network.proxy has neither https nor http', { network: { proxy: { noProxy: ['a.example.com'] } } }],
    [
      'network.proxy.noProxy.0 must be a host',
      { network: { proxy: { http: 'http://p:1', noProxy: ['10.0.0.0/33'] } } },
    ],
    ['network.proxy.noProxy.0 must be a host', { network: { proxy: { http: 'http://p:1', noProxy: ['a, b'] } } }],
    [
      'network.proxy.noproxy is not a setting; did you mean',
      { network: { proxy: { http: 'http://p:1', noproxy: [] } } },
    ],
    ['network.ca must be certificates in PEM', { network: { ca: '/etc/ssl/ca.crt' } }],
    [
      'network.ca contains a private key',
      { network: { ca: '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----' } },
    ],
    ['network.ca has an invalid certificate, number 1 of 1', { network: { ca: BROKEN } }],
    ['network.ca must have either configMap or secret', { network: { ca: { configMap: 'a', secret: 'b' } } }],
    ['network.ca.configmap is not a setting', { network: { ca: { configmap: 'a' } } }],
    ['network.ca must be certificates in PEM, {configMap: NAME}', { network: { ca: 5 } }],
    ['network.ipFamilies has a duplicate family', { network: { ipFamilies: ['IPv6', 'IPv6'] } }],
    ['network.ipFamilies.0 must be IPv4 or IPv6, got "ipv6"', { network: { ipFamilies: ['ipv6'] } }],
    ['network.ipFamilies must name IPv4', { network: { ipFamilies: [] } }],
    ['network.dnsNamespaces.0 must be the name of a namespace', { network: { dnsNamespaces: ['OpenShift'] } }],
    [
      'kubernetes.quotaMemory is 4096 MiB, but 12288 MiB are requested (server 2 × 1024 + worker 1 × 2048 + postgres 1 × 1024 + ollama 1 × 4096 + roll-out 1 × 3072)',
      { kubernetes: { quotaMemory: '4Gi' } },
    ],
    [
      'kubernetes.quotaMemory is 8192 MiB, but 9472 MiB are requested (server 1 × 1152 + worker 1 × 1024 + postgres 3 × 1536 + restore test 1 × 2688)',
      {
        kubernetes: { quotaMemory: '8Gi' },
        server: {
          replicas: 1,
          containers: [{ name: 'a', image: 'a:1', resources: { requests: { memory: '64Mi' } } }],
          initContainers: [
            { name: 'b', image: 'b:1', restartPolicy: 'Always', resources: { limits: { memory: '64Mi' } } },
            { name: 'c', image: 'c:1', resources: { requests: { memory: '100Mi' } } },
          ],
        },
        worker: { replicas: 1, memory: 1024 },
        ollama: { enabled: false },
        database: { cnpg: { archive: {} } },
        backup: {
          s3Bucket: 'team',
          s3AccessKey: 'id',
          s3SecretKey: 'key',
          containers: [{ name: 'a', image: 'a:1', resources: { requests: { memory: '640Mi' } } }],
        },
      },
    ],
    ['kubernetes.quotaCpus is 3 CPUs, but 3.25 CPUs are requested', { kubernetes: { quotaCpus: 3 } }],
    [
      'postgres.sharedMemory is 2048 MiB, which is more than postgres.memory, 512 MiB',
      { postgres: { memory: 512, sharedMemory: '2Gi' } },
    ],
    ['server.port is only for target docker', { server: { port: 9000 } }],
    ['worker.clones must be a size such as 20Gi, of 512Mi or more, got "100Mi"', { worker: { clones: '100Mi' } }],
    [
      'repositories has "https://a.example.com/shop.git" and "git@b.example.com:team/shop.git", which would both have the name shop',
      { repositories: ['https://a.example.com/shop.git', 'git@b.example.com:team/shop.git'] },
    ],
  ])('are refused with %s', (fault, values) => {
    expect(faultsOf(values)).toContain(`codebase-mcp:${fault}`)
  })

  test('are reported with the faults of all stages, but none that follows from another', () => {
    const faults = faultsOf({
      server: { grace: '30s', replica: 2 },
      edge: { kind: 'ingress', host: 'a..b', namespace: 'n' },
      git: { webhookSecret: 'short' },
    })
    expect(faults).toContain('server.grace must be a whole number of seconds')
    expect(faults).toContain('did you mean server.replicas?')
    expect(faults).toContain('edge.host must be a host name')
    expect(faults).not.toContain('edge.host is missing')
    expect(faults).toContain('git.webhookSecret must have at least 16 characters')
  })

  test('under a misspelt namespace of the project are reported', () => {
    expect(() => readSettings({ 'codebase_mcp:server': '{}' })).toThrow('codebase_mcp:server')
    expect(readSettings({ 'aws:region': 'eu-west-1', 'kubernetes:context': 'x' }).target).toBe('docker')
  })

  test('use quantities like Kubernetes and schedules like cron', () => {
    const settings = readSettings(
      configOf({
        ...CLUSTER,
        server: { memory: '2Gi', cpus: '750m' },
        backup: { schedule: '@every 12h', testSchedule: '@weekly' },
      }),
    )
    expect(settings.server).toMatchObject({ memory: 2048, cpus: 0.75 })
  })
})

describe('secrets', () => {
  test('only appear where they are needed', () => {
    const hidden = new Hidden('hunter2')
    expect(String(hidden) + JSON.stringify({ hidden })).not.toContain('hunter2')
    expect(hidden.reveal()).toBe('hunter2')
  })

  test('in plain text are reported by key, unless the group is encrypted', () => {
    const values = configOf({
      ...CLUSTER,
      git: { webhookSecret: 'hunter2hunter2hunter2' },
      database: { url: 'postgres://u:hunter2@h/d' },
    })
    const told = plainSecrets({ values, secretKeys: ['codebase-mcp:git'] })
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(/pulumi config set (-- )?--path --secret codebase-mcp:database\.url/)
    expect(told.join()).not.toContain('hunter2')
  })

  test('in the address of a proxy are reported in plain text, and not shown on Docker', () => {
    const network = { proxy: { https: 'http://me:hunter2@proxy.example.com:3128', http: 'http://p.example.com:1' } }
    const told = plainSecrets({ values: configOf({ ...CLUSTER, network }), secretKeys: [] })
    expect(told).toEqual([expect.stringContaining('codebase-mcp:network.proxy.https is a secret in plain text')])
    expect(faultsOf({ target: 'docker', image: {}, network })).toContain('network.proxy.https has a login')
    expect(faultsOf({ target: 'docker', image: {}, network })).not.toContain('hunter2')
    const elsewhere = { network: { ca: { configMap: 'roots' } } }
    expect(faultsOf({ target: 'docker', image: {}, ...elsewhere })).toContain('network.ca names an object in a cluster')
  })

  test('that the service reads from files are never in the environment of a pod', () => {
    expect(SECRETS.filter((name) => !READ_FROM_FILES.has(name))).toEqual([])
  })
})

describe('one fault is reported once', () => {
  test.each<[Values, string]>([
    [{ network: { proxy: { https: 'http://proxy.example.com' } } }, 'network.proxy.https must be a URL'],
    [{ backup: { testSchedule: '' } }, 'backup.testSchedule must be a cron schedule'],
    [{ edge: { kind: 'route', host: 'code.example.com' } }, 'edge.kind must be one of'],
    [{ edge: { kind: 'gateway', gateway: 'a/b', hosts: 'code.example.com' } }, 'edge.hosts must be a list'],
    [{ kubernetes: { tolerations: [{ key: 'a b', value: 'c' }] } }, 'kubernetes.tolerations.0.key must be a name'],
  ])('%j', (values, fault) => {
    const told = faultsOf(values)
      .split('\n')
      .filter((line) => line.startsWith('  codebase-mcp:'))
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(fault)
  })

  test('with the value that is set instead of a group', () => {
    expect(faultsOf({ kubernetes: { hostAliases: ['10.0.0.1 git'] } })).toContain(
      'kubernetes.hostAliases.0 must be a group, got "10.0.0.1 git"',
    )
  })
})

describe('no password is shown', () => {
  test.each<Values>([
    { database: { external: 'postgres://me:hunter2@db.example.com/code' } },
    { access: 'hunter2' },
    { network: { proxy: { https: 'socks5://me:hunter2@proxy.example.com:1080' } } },
    { network: { proxy: { https: 'http://me:p@ss#hunter2@proxy.example.com:3128' } } },
    { ollama: { url: 'ftp://hunter2@ollama.example.com' } },
    { repositories: ['https://hunter2@git.example.com/a/shop.git', 'https://git.example.com/b/shop.git'] },
    { database: { url: 'postgres://me:hunter2%@db.example.com/code' } },
  ])('in %j', (values) => {
    expect(faultsOf(values)).not.toContain('hunter2')
  })
})

describe('what the CLI makes of a text is reverted', () => {
  const labelOf = (released: string) => {
    const settings = readSettings(configOf({ ...CLUSTER, kubernetes: { labels: { released } } }))
    return settings.target === 'kubernetes' ? settings.cluster.labels.released : undefined
  }

  test('of a date', () => {
    expect(labelOf('2024-01-01 00:00:00 +0000 UTC')).toBe('2024-01-01')
  })

  test('of a block, the final line break', () => {
    const settings = readSettings(
      configOf({
        ...CLUSTER,
        access: { tokens: `${'a'.repeat(24)}\n` },
        ollama: { url: 'http://ollama.example.com:11434\n' },
      }),
    )
    expect(settings.target === 'kubernetes' && settings.access.tokens?.reveal()).toBe('a'.repeat(24))
    expect(settings.ollama.url).toBe('http://ollama.example.com:11434')
  })
})
