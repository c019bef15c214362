import { describe, expect, test } from 'vitest'
import { readSettings } from '../../../infra/settings/settings.ts'
import { CERTIFICATE } from '../certificate.ts'
import { type Made, made } from '../mocked.ts'

type Values = Readonly<Record<string, unknown>>

const REQUIRED = {
  target: 'kubernetes',
  kubernetes: { context: 'production' },
  image: { reference: 'registry.example.com/codebase-mcp:1.2.3' },
}
const PROXY = { https: 'http://proxy.example.com:3128', http: 'http://proxy.example.com:3129', noProxy: ['10.0.0.0/8'] }

/** @param secretKeys the groups that contain encrypted values */
async function resources(values: Values, secretKeys: readonly string[] = []) {
  const { KubernetesStack } = await import('../../../infra/kubernetes/stack.ts')
  const config = Object.entries({ ...REQUIRED, ...values }).map(([key, value]) => [
    `codebase-mcp:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const settings = readSettings(Object.fromEntries(config), { secretKeys })
  if (settings.target !== 'kubernetes') throw new Error('it is not for Kubernetes')
  return made((own) => new KubernetesStack('codebase', { settings }, own))
}

interface Container {
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}

interface Pod {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes: readonly Readonly<Record<string, unknown>>[]
}

interface Spec {
  readonly template?: { readonly spec: Pod }
  readonly jobTemplate?: { readonly spec: Spec }
}

const podOf = (spec: Spec | undefined): Pod | undefined =>
  spec?.template?.spec ?? (spec?.jobTemplate && podOf(spec.jobTemplate.spec))

/** Returns the pods by name of the resource that creates them. */
const podsOf = (all: readonly Made[]) =>
  new Map(
    all.flatMap(({ name, inputs }) => {
      const pod = podOf(inputs.spec as Spec | undefined)
      return pod === undefined ? [] : [[name, pod] as const]
    }),
  )

const containersOf = ({ containers, initContainers = [] }: Pod) => [...initContainers, ...containers]

const variables = ({ env = [] }: Container) =>
  Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]))

const WITH_EGRESS = [
  'backup-cronjob',
  'migration-job',
  'model-job',
  'ollama-pods',
  'restore-cronjob',
  'restore-test-cronjob',
  'server-pods',
  'worker-pods',
]

describe('a proxy', () => {
  test('is known to every container that connects to the outside, and to no other', async () => {
    const pods = podsOf(await resources({ network: { proxy: PROXY } }))
    const knowing = [...pods].filter(([, pod]) => containersOf(pod).some((one) => 'HTTPS_PROXY' in variables(one)))
    expect(knowing.map(([name]) => name).toSorted()).toEqual(WITH_EGRESS)
    for (const container of knowing.flatMap(([, pod]) => containersOf(pod))) {
      expect(variables(container)).toMatchObject({ HTTPS_PROXY: PROXY.https, HTTP_PROXY: PROXY.http })
    }
  })

  test('is also used by Node, which only reads the variables if told to', async () => {
    const pods = podsOf(await resources({ network: { proxy: PROXY } }))
    const told = [...pods].filter(([, pod]) => variables(containersOf(pod)[0] ?? {}).NODE_USE_ENV_PROXY === '1')
    expect(told.map(([name]) => name).toSorted()).toEqual(WITH_EGRESS.filter((name) => name !== 'ollama-pods'))
  })

  test('is bypassed for the inside, for an external Ollama and for names without a domain', async () => {
    const pods = podsOf(
      await resources({
        kubernetes: { context: 'production', prefix: 'a-' },
        ollama: { url: 'http://gpu.example.com:11434' },
        repositories: ['shop=https://gitea/team/shop.git', 'https://github.com/a/b.git', 'git@10.1.1.1:team/c.git'],
        backup: { s3Bucket: 'backups', s3Endpoint: 'http://192.0.2.5:9000', s3AccessKey: 'a', s3SecretKey: 'b' },
        network: { proxy: PROXY },
      }),
    )
    const [container = {}] = pods.get('server-pods')?.containers ?? []
    expect(container.env?.find(({ name }) => name === 'NO_PROXY')?.value?.split(',')).toEqual([
      'localhost',
      '127.0.0.1',
      '::1',
      'a-server',
      'a-postgres',
      'a-ollama',
      '.svc',
      '.cluster.local',
      'gpu.example.com',
      '192.0.2.5',
      'gitea',
      '10.0.0.0/8',
    ])
  })

  test('with a login is passed by a Secret in the environment, because Node reads it from no file', async () => {
    const https = 'http://me:pass@proxy.example.com:3128'
    const all = await resources({ network: { proxy: { https } } }, ['codebase-mcp:network'])
    const [container = {}] = podsOf(all).get('worker-pods')?.containers ?? []
    expect(variables(container).HTTPS_PROXY).toMatchObject({ secretKeyRef: { key: 'HTTPS_PROXY' } })
    expect(JSON.stringify(all.map(({ inputs }) => inputs.spec))).not.toContain('me:pass')
    expect(all.find(({ name }) => name === 'worker-variables-secrets')).toMatchObject({
      inputs: { stringData: { HTTPS_PROXY: https } },
      secrets: ['stringData'],
    })
  })

  test('of a part overrides that of all', async () => {
    const other = 'http://other.example.com:3128'
    const pods = podsOf(await resources({ worker: { env: { HTTPS_PROXY: other } }, network: { proxy: PROXY } }))
    const of = (name: string) => variables(pods.get(name)?.containers[0] ?? {}).HTTPS_PROXY
    expect([of('worker-pods'), of('server-pods')]).toEqual([other, PROXY.https])
  })
})

describe('certificates', () => {
  const sourceOf = (pod: Pod | undefined) => pod?.volumes.find(({ name }) => name === 'certificates')

  test('given as text are one ConfigMap, which every container with egress mounts and trusts', async () => {
    const all = await resources({ network: { ca: CERTIFICATE } })
    const made = all.filter(
      ({ type, inputs }) => type.endsWith(':ConfigMap') && JSON.stringify(inputs).includes('BEGIN CERT'),
    )
    expect(made).toMatchObject([{ inputs: { data: { 'ca.crt': CERTIFICATE } } }])
    const pods = podsOf(all)
    expect(
      [...pods]
        .filter(([, pod]) => sourceOf(pod))
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(WITH_EGRESS)
    const file = '/etc/codebase-mcp-certificates/ca.crt'
    for (const name of WITH_EGRESS) {
      const [container = {}] = pods.get(name)?.containers ?? []
      expect(container.volumeMounts).toContainEqual(
        expect.objectContaining({ mountPath: '/etc/codebase-mcp-certificates' }),
      )
      expect(variables(container)).toMatchObject(
        name === 'ollama-pods'
          ? { SSL_CERT_DIR: '/etc/codebase-mcp-certificates' }
          : { NODE_EXTRA_CA_CERTS: file, GIT_SSL_CAINFO: file },
      )
    }
  })

  test.each([
    [
      { configMap: 'roots', key: 'bundle.pem' },
      { configMap: { name: 'roots', items: [{ key: 'bundle.pem', path: 'ca.crt' }] } },
    ],
    [{ secret: 'roots' }, { secret: { secretName: 'roots', items: [{ key: 'ca.crt', path: 'ca.crt' }] } }],
  ])('of the cluster, %j, are mounted as they are', async (ca, expected) => {
    const all = await resources({ network: { ca } })
    expect(sourceOf(podsOf(all).get('worker-pods'))).toMatchObject(expected)
    expect(all.filter(({ name }) => name.includes('certificates'))).toEqual([])
  })
})

describe('address families', () => {
  test.each([
    [['IPv6'], 'SingleStack'],
    [['IPv4', 'IPv6'], 'PreferDualStack'],
  ])('%j are those of every Service, and of every listener', async (ipFamilies, ipFamilyPolicy) => {
    const all = await resources({ network: { ipFamilies } })
    const services = all.filter(({ type }) => type.endsWith(':Service'))
    expect(services).toHaveLength(3)
    for (const { inputs } of services) expect(inputs.spec).toMatchObject({ ipFamilies, ipFamilyPolicy })
    const of = (name: string) => variables(podsOf(all).get(name)?.containers[0] ?? {})
    expect([of('server-pods').HOST, of('worker-pods').HOST, of('ollama-pods').OLLAMA_HOST]).toEqual([
      '::',
      '::',
      '[::]:11434',
    ])
  })

  test('default to those of the cluster, or to IPv4', async () => {
    const of = async (network: object) =>
      variables(podsOf(await resources({ network })).get('ollama-pods')?.containers[0] ?? {}).OLLAMA_HOST
    expect(await of({})).toBe('0.0.0.0:11434')
    expect(await of({ ipFamilies: ['IPv4'] })).toBe('0.0.0.0:11434')
  })
})
