import { describe, expect, test } from 'vitest'
import { type Group, read } from './keyed-settings.ts'

const nodeTerms = (...terms: readonly object[]) => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
})
const volume = (source: object) => [{ name: 'more', ...source }]
const hardened = (more: object) => [{ name: 'one', image: 'proxy:1', ...more }]
const extra = (object: object) => [{ apiVersion: 'v1', metadata: { name: 'one' }, ...object }]
const bucket = (more: object) => ({ s3Bucket: 'team', s3AccessKey: 'id', s3SecretKey: 'key', ...more })

describe('what the schema of Kubernetes lets pass, and an API server does not, is refused', () => {
  test.each<[string, unknown, string]>([
    [
      'kubernetes.extraObjects',
      extra({ kind: 'ConfigMap', data: { 'a/b': 'x' } }),
      '.0.data.a/b must be a key of letters',
    ],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'ConfigMap', data: { a: 'x' }, binaryData: { a: 'eA==' } }),
      'is also in data',
    ],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'ConfigMap', data: { a: 'x'.repeat(1_100_000) } }),
      'the limit is 1048576',
    ],
    ['kubernetes.extraObjects', extra({ kind: 'Secret', data: { a: 'plain text' } }), '.0.data.a must be base64'],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'Secret', type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'x' } }),
      'tls.key is missing',
    ],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'Service', spec: { ports: [{ port: 0 }] } }),
      '.0.spec.ports.0.port must be from 1 to 65535',
    ],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'Service', spec: { ports: [{ port: 1 }, { port: 2 }] } }),
      '.0.spec.ports.0.name must be set and unique',
    ],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'Service', spec: { ports: [] } }),
      '.0.spec.ports must have at least one port',
    ],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'Service', metadata: { name: 'a.b' }, spec: { ports: [{ port: 1 }] } }),
      '.0.metadata.name must be a valid name of a Service',
    ],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'ConfigMap', metadata: { name: 'one', resourceVersion: '7' } }),
      'resourceVersion is set by the cluster',
    ],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'PersistentVolumeClaim', spec: { accessModes: ['ReadWriteOnce'] } }),
      'requests.storage is missing',
    ],
    [
      'kubernetes.extraObjects',
      [{ apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', metadata: { name: 'one' }, spec: {} }],
      'apiVersion must be policy/v1 for PodDisruptionBudget',
    ],
    [
      'kubernetes.extraObjects',
      [{ apiVersion: 'v1', kind: 'Deployment', metadata: { name: 'one' } }],
      'apiVersion must be apps/v1 for Deployment',
    ],
    [
      'kubernetes.extraObjects',
      [
        {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'one' },
          spec: { minReplicas: 3, maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'a' } },
        },
      ],
      'minReplicas is 3, which is more than maxReplicas, 2',
    ],
    [
      'kubernetes.extraObjects',
      [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'one' },
          spec: {
            selector: { matchLabels: { a: 'b' } },
            template: { metadata: { labels: { a: 'c' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
          },
        },
      ],
      'spec.selector.matchLabels.a is not a label of the pods in template',
    ],
    ['server.containers', hardened({ env: [{ name: 'A' }, { name: 'A' }] }), '.0.env.1 is a duplicate of A'],
    [
      'server.containers',
      hardened({ envFrom: [{ prefix: 'A_' }] }),
      '.0.envFrom.0 must have exactly one of configMapRef, secretRef',
    ],
    [
      'server.containers',
      hardened({ livenessProbe: { httpGet: { port: 'web' } } }),
      'httpGet.port must be the name of one of its ports',
    ],
    [
      'server.containers',
      hardened({ livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 3 } }),
      'successThreshold must be 1',
    ],
    [
      'server.containers',
      hardened({ startupProbe: { tcpSocket: { port: 1 }, periodSeconds: -1 } }),
      'periodSeconds must be 1 or more',
    ],
    ['server.containers', hardened({ lifecycle: { preStop: {} } }), 'lifecycle.preStop must have exactly one of'],
    ['server.containers', hardened({ resources: { limits: { gpu: 1 } } }), 'resources.limits.gpu is not a resource'],
    ['server.containers', hardened({ resources: { limits: { memory: '512m' } } }), 'thousandths of a byte; use Mi'],
    ['server.containers', hardened({ resources: { requests: { 'nvidia.com/gpu': 1 } } }), 'must equal the limit'],
    ['server.containers', hardened({ ports: [{ containerPort: 1, protocol: 'tcp' }] }), 'protocol must be'],
    ['worker.volumes', volume({ projected: { sources: [] } }), '.0.projected.sources must not be empty'],
    [
      'worker.volumes',
      volume({ projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 60 } }] } }),
      'expirationSeconds must be 600 or more',
    ],
    [
      'worker.volumes',
      volume({ configMap: { name: 'a', items: [{ key: 'k', path: '../up' }] } }),
      'items.0.path must be a path inside',
    ],
    ['worker.volumes', volume({ persistentVolumeClaim: { claimName: 'One' } }), 'claimName must be an object name'],
    ['worker.volumes', volume({ nfs: { server: 'a', path: 'x' } }), 'nfs.path must be an absolute path'],
    [
      'server.env',
      { A: { resourceFieldRef: { resource: 'limits.gpu' } } },
      'resource must be limits or requests of cpu',
    ],
    ['server.env', { A: { fieldRef: { fieldPath: "metadata.labels['a b']" } } }, 'fieldPath must be one of'],
    ['kubernetes.dnsConfig', { options: [{ name: 'ndots', value: 'two' }] }, 'without a numeric value'],
    ['kubernetes.affinity', nodeTerms({}), 'is a term without matchExpressions and matchFields'],
    ['kubernetes.patches', [{ target: { kind: 'Service' }, patch: {} }], '.0.patch changes nothing'],
    ['ollama.gpuResource', 'kubernetes.io/gpu', 'must be a resource of a node'],
  ])('%s: %j', (key, value, message) => {
    expect(() => read({ [key]: value })).toThrow(message)
  })
})

describe('what a bucket, an issuer, a registry or Ollama would not take is refused', () => {
  test.each<[string, unknown, string]>([
    ['backup', bucket({ s3Prefix: '/backups/' }), 'backup.s3Prefix must be a prefix'],
    ['backup', bucket({ s3Prefix: 'a/../b' }), 'backup.s3Prefix must be a prefix'],
    [
      'backup',
      bucket({ s3Endpoint: 'https://s3.example.com/?a=b' }),
      'backup.s3Endpoint must be a URL without a login',
    ],
    ['backup', bucket({ s3Endpoint: 'https://team.s3.example.com' }), 'which already includes the bucket team'],
    ['backup', bucket({ s3Endpoint: 'http://localhost:9000' }), 'backup.s3Endpoint has the host localhost'],
    ['backup', bucket({ s3Bucket: 'xn--team' }), 'backup.s3Bucket must be the name of a bucket'],
    ['backup', bucket({ s3Region: 'Frankfurt' }), 'backup.s3Region is Frankfurt, which is not an AWS region'],
    ['backup', { s3Prefix: 'team/' }, 'backup.s3Bucket is missing, but backup.s3Prefix requires it'],
    ['secrets', { backup: 'keys' }, 'backup.s3Bucket is missing, but secrets.backup requires it'],
    ['secrets', { store: 'vault' }, 'secrets.store is vault, but no secret in it is named'],
    ['secrets', { storeKind: 'SecretStore' }, 'secrets.storeKind requires secrets.store'],
    ['backup', { storage: '1Gi' }, 'backup.storage is 1Gi, which is less than postgres.storage, 20Gi'],
    ['access', { oidcRepositories: ['*'] }, 'access.oidcRepositories requires access.oidcIssuer'],
    [
      'access',
      { oidcIssuer: 'https://id.example.com/.well-known/openid-configuration', oidcAudience: 'a' },
      'access.oidcIssuer must be',
    ],
    [
      'image',
      { registry: 'ghcr.io' },
      'image.registry must be a registry with a port up to 65535 and the required path',
    ],
    ['image', { reference: 'registry.example.com:99999/a:1' }, 'image.reference must be an image reference'],
    ['ollama.model', 'all-minilm:', 'ollama.model must be the name of a model'],
    ['ollama.model', 'a/b/c/d:1', 'ollama.model must be the name of a model'],
    ['ollama.url', 'http://me:pw@ollama.example.com', 'ollama.url must be a URL without a login'],
    ['ollama.env', { OLLAMA_KEEP_ALIVE: 'forever' }, 'ollama.env has OLLAMA_KEEP_ALIVE, which must be a time'],
    ['ollama.env', { OLLAMA_KEEPALIVE: '24h' }, 'did you mean OLLAMA_KEEP_ALIVE?'],
    ['ollama', { gpu: 'amd', image: 'ollama/ollama:0.18.0' }, 'use ollama/ollama:0.18.0-rocm'],
    [
      'ollama',
      { url: 'http://ollama.example.com', tolerations: [] },
      'ollama.url and ollama.tolerations cannot be combined',
    ],
    ['postgres.image', 'bitnami/postgresql:17', 'which has no pgvector'],
    [
      'postgres.image',
      'ghcr.io/cloudnative-pg/postgresql:17-standard-trixie',
      'which only CloudNativePG’s operator can start',
    ],
    [
      'database.cnpg',
      { image: 'ghcr.io/cloudnative-pg/postgresql:latest' },
      'whose tag does not start with the version',
    ],
    [
      'postgres',
      { maintenanceMemory: 256, sharedMemory: 64 },
      'postgres.sharedMemory is 64 MiB, which is less than maintenance_work_mem',
    ],
    ['postgres.env', { PGPORT: '5433' }, 'postgres.env has PGPORT, which the stack sets itself'],
    ['database.url', 'postgres://me:pw@db.example.com/a?sslmode=on', 'database.url has sslmode=on'],
    [
      'database.url',
      'postgres://me:pw@db.example.com/a?sslrootcert=/home/me/ca.crt',
      'set database.ca to the certificate',
    ],
    ['worker', { scaleOn: 'queue', replicas: 2 }, 'there are always 2 workers'],
    ['repositories', ['https://localhost:3000/a/b.git'], 'repositories has the host localhost'],
    ['sources', [{ kind: 'github', url: 'https://gitlab.com/acme' }], 'gitlab.com is a server of kind gitlab'],
    [
      'edge',
      { kind: 'ingress', host: 'a.example.com', namespace: 'in', annotations: { 'cert-manager.io/issuer': 'a' } },
      'but edge.tlsSecret',
    ],
    [
      'backup',
      { s3Bucket: 'team', serviceAccount: { name: 'b', annotations: { 'eks.amazonaws.com/role-arn': 'mine' } } },
      'must be a role such as arn:aws',
    ],
    ['size', 'large', 'postgres.storage is 1Gi, but size large is for 5000000 chunks'],
  ])('%s: %j', (key, value, message) => {
    expect(() => read({ [key]: value, ...(key === 'size' ? { 'postgres.storage': '1Gi' } : {}) })).toThrow(message)
  })
})

test('Postgres has connections for as many servers and workers as there may be', () => {
  const connectionsOf = (settings: Group) => {
    const { postgres } = read(settings) as { readonly postgres: { readonly connections?: number } }
    return postgres.connections ?? 0
  }
  expect(connectionsOf({ 'server.maxReplicas': 100 }) - connectionsOf({ 'server.maxReplicas': 50 })).toBe(400)
})

test('a GPU of AMD has the image for it, where none is given', () => {
  expect(read({ 'ollama.gpu': 'amd' }).ollama.image).toMatch(/-rocm$/)
  expect(read({ 'ollama.gpu': 'nvidia' }, 'docker').ollama.image).not.toMatch(/-rocm$/)
})
