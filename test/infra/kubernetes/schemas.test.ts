import { describe, expect, test } from 'vitest'
import { KubernetesStack } from '../../../infra/kubernetes/stack.ts'
import { schemaProblems } from '../../../infra/kubernetes-api/schemas.ts'
import { made, settingsOf } from '../mocked.ts'

const EDGE = { kind: 'ingress', host: 'code.example.com', tlsSecret: 'tls', namespace: 'ingress-nginx' }
const EVERYWHERE = {
  nodeSelector: { pool: 'code' },
  tolerations: [{ key: 'code', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
  podAnnotations: { 'example.com/team': 'search' },
  podLabels: { team: 'search' },
  hostAliases: [{ ip: '10.0.0.9', hostnames: ['git.corp'] }],
  dnsConfig: { nameservers: ['10.0.0.10'], options: [{ name: 'ndots', value: '2' }] },
  supplementalGroups: [4000],
  imagePullPolicy: 'Always',
}
const FILLED = {
  env: { TEAM: 'search', KEY: { secretKeyRef: { name: 'keys', key: 'one' } } },
  volumes: [{ name: 'more', emptyDir: { sizeLimit: '1Gi' } }],
  volumeMounts: [{ name: 'more', mountPath: '/more' }],
  containers: [{ name: 'side', image: 'side:1', ports: [{ containerPort: 9000 }] }],
  initContainers: [{ name: 'first', image: 'first:1', restartPolicy: 'Always' }],
}

const CONFIGURATIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'the least': {},
  'a medium one': { size: 'medium' },
  'a large one with monitoring': { size: 'large', profiles: ['monitoring'] },
  'placed and labelled': { kubernetes: EVERYWHERE },
  filled: { server: FILLED, worker: FILLED, postgres: FILLED, ollama: FILLED, backup: FILLED, jobs: FILLED },
  'an Ingress': { edge: EDGE },
  'a Gateway': { edge: { kind: 'gateway', host: 'code.example.com', gateway: 'edge/public' } },
  CloudNativePG: { database: { cnpg: {} } },
  'a database elsewhere': { database: { external: { host: 'db.example.com', password: 'pw' } } },
  'a proxy': { network: { proxy: { https: 'http://proxy.example.com:3128' }, ca: { configMap: 'authorities' } } },
  'only IPv6': { network: { ipFamilies: ['IPv6'] } },
  'a bucket': { backup: { s3Bucket: 'backups', s3AccessKey: 'id', s3SecretKey: 'key' } },
  'a GPU': { ollama: { gpu: 'nvidia', runtimeClass: 'nvidia' } },
  OpenShift: { kubernetes: { user: null }, network: { dnsNamespaces: ['openshift-dns'] } },
  sources: { sources: [{ kind: 'github', url: 'https://github.com/acme' }] },
  'another one in the namespace': { kubernetes: { prefix: 'two-', quotaCpus: 40, quotaMemory: '80Gi' } },
}

interface Identified {
  readonly apiVersion?: string
  readonly kind?: string
}

describe('every object fits the schema of its kind', () => {
  test.each(Object.entries(CONFIGURATIONS))('with %s', async (_, values) => {
    const settings = settingsOf('kubernetes', { image: { reference: 'r.example.com/codebase-mcp:1' }, ...values })
    const all = await made((options) => new KubernetesStack('codebase', { settings }, options))
    const objects = all.map(({ inputs }) => inputs as Identified).filter(({ apiVersion }) => apiVersion !== undefined)
    expect(objects.length).toBeGreaterThan(10)
    const problems = objects.flatMap((object) =>
      schemaProblems(`${object.apiVersion}/${object.kind}`, object as Readonly<Record<string, unknown>>).map(
        ({ path, says }) => `${object.kind} ${path.join('.')} ${says}`,
      ),
    )
    expect(problems).toEqual([])
  })
})

test('a Deployment with a mistake is found', () => {
  const pod = { containers: [{ name: 'a', image: 'a:1', port: 1 }], restartPolicy: 'Sometimes' }
  const spec = { replicas: '2', selector: { matchLabels: { a: 'b' } }, template: { spec: pod } }
  const problems = schemaProblems('apps/v1/Deployment', { apiVersion: 'apps/v1', kind: 'Deployment', spec })
  expect(problems.map(({ path }) => path.join('.')).toSorted()).toEqual([
    'spec.replicas',
    'spec.template.spec.containers.0.port',
    'spec.template.spec.restartPolicy',
  ])
})

test('an object of an operator without a known schema is accepted', () => {
  expect(schemaProblems('example.com/v1/Widget', { anything: { goes: true } })).toEqual([])
})
