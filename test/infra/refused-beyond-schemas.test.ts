import { describe, expect, test } from 'vitest'
import { type Group, read } from './keyed-settings.ts'
import { objectsOf, settingsOf } from './mocked.ts'

const nodeTerms = (...terms: readonly object[]) => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
})
const volume = (source: object) => [{ name: 'more', ...source }]
const hardened = (more: object) => [{ name: 'one', image: 'proxy:1', ...more }]
const extra = (object: object) => [{ apiVersion: 'v1', metadata: { name: 'one' }, ...object }]
const bucket = (more: object) => ({ s3Bucket: 'team', s3AccessKey: 'id', s3SecretKey: 'key', ...more })

describe('what an API server refuses beyond the schema of Kubernetes is refused', () => {
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
      'periodSeconds must be 0 or more',
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

describe('what a bucket, an issuer, a registry or Ollama would refuse is refused', () => {
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
    ['worker', { scaleOn: 'queue', replicas: 2 }, 'the number of workers is always 2'],
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

const service = (spec: object) => extra({ kind: 'Service', spec: { ports: [{ port: 80 }], ...spec } })
const policy = (rule: object) => [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'one' },
    spec: { podSelector: {}, egress: [rule] },
  },
]
const block = (ipBlock: object) => policy({ to: [{ ipBlock }] })
const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a:1' }] } }
const cronJob = (spec: object) => [
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'one' },
    spec: { schedule: '@daily', jobTemplate: { spec: { template } }, ...spec },
  },
]
const deployment = (spec: object) => [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'one' },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      ...spec,
    },
  },
]
const ingress = (path: object) => [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'one' },
    spec: { rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', ...path }] } }] },
  },
]
const backend = { service: { name: 'one', port: { number: 80 } } }
const near = (term: object) => ({
  podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }] },
})
const account = (annotations: object) => ({ name: 'one', annotations })

describe('the rules of an API server for Services, policies, routes, Jobs and placement are applied first', () => {
  test.each<[string, unknown, string]>([
    ['kubernetes.extraObjects', service({ loadBalancerSourceRanges: ['10.0.0.0/8'] }), 'requires type LoadBalancer'],
    [
      'kubernetes.extraObjects',
      service({ type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0'] }),
      'loadBalancerSourceRanges.0 must be a range such as 10.0.0.0/8, got "10.0.0.0"',
    ],
    ['kubernetes.extraObjects', service({ externalTrafficPolicy: 'Local' }), 'requires type LoadBalancer or NodePort'],
    ['kubernetes.extraObjects', service({ ports: [{ port: 1, nodePort: 30_080 }] }), 'ports.0.nodePort requires type'],
    ['kubernetes.extraObjects', service({ type: 'ExternalName' }), 'spec.externalName is missing'],
    ['kubernetes.extraObjects', block({ cidr: '10.0.0.1' }), 'ipBlock.cidr must be a range'],
    ['kubernetes.extraObjects', block({ cidr: '10.1.0.0/16', except: ['10.2.0.0/24'] }), 'which is not within'],
    ['kubernetes.extraObjects', policy({ to: [{}] }), 'to.0 must have a podSelector'],
    [
      'kubernetes.extraObjects',
      policy({ to: [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }] }),
      'cannot combine an ipBlock with a selector',
    ],
    ['kubernetes.extraObjects', policy({ ports: [{ port: 5000, endPort: 4000 }] }), 'endPort must be 5000 or more'],
    ['kubernetes.extraObjects', policy({ ports: [{ port: 53, protocol: 'udp' }] }), 'protocol must be'],
    ['kubernetes.extraObjects', ingress({ backend: {} }), 'backend must have either service or resource'],
    ['kubernetes.extraObjects', ingress({ path: 'code', backend }), 'path must begin with "/"'],
    ['kubernetes.extraObjects', cronJob({ timeZone: 'Berlin' }), 'timeZone must be a time zone such as Europe/Berlin'],
    ['kubernetes.extraObjects', cronJob({ failedJobsHistoryLimit: -1 }), 'failedJobsHistoryLimit must be 0 or more'],
    [
      'kubernetes.extraObjects',
      cronJob({ jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Always' } } } } }),
      'restartPolicy must be OnFailure or Never in a CronJob',
    ],
    [
      'kubernetes.extraObjects',
      deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } }),
      'has maxSurge and maxUnavailable 0',
    ],
    [
      'kubernetes.extraObjects',
      deployment({ strategy: { rollingUpdate: { maxUnavailable: 'half' } } }),
      'maxUnavailable must be a number, or percent such as 25%',
    ],
    [
      'worker.volumes',
      volume({ ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: '1Gi' } } } } } }),
      'volumeClaimTemplate.spec.accessModes is missing',
    ],
    ['worker.volumeMounts', [{ name: 'more', mountPath: '/' }], 'a folder that no container needs for itself'],
    ['worker.volumeMounts', [{ name: 'more', mountPath: '/proc/self' }], 'a folder that no container needs for itself'],
    [
      'kubernetes.affinity',
      near({ topologyKey: 'zone', mismatchLabelKeys: ['team'] }),
      'mismatchLabelKeys goes with a labelSelector',
    ],
    [
      'kubernetes.topologySpreadConstraints',
      [
        {
          maxSkew: 1,
          topologyKey: 'zone',
          whenUnsatisfiable: 'ScheduleAnyway',
          matchLabelKeys: ['app.kubernetes.io/name'],
        },
      ],
      'matchLabelKeys has app.kubernetes.io/name, which labelSelector has too',
    ],
    [
      'server.serviceAccount',
      account({ 'iam.gke.io/gcp-service-account': 'code' }),
      'which must be a service account such as backups@project.iam.gserviceaccount.com',
    ],
    ['server.serviceAccount', account({ 'azure.workload.identity/client-id': 'code' }), 'a UUID'],
    [
      'server.serviceAccount',
      account({ 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/a' }),
      'which must be a role',
    ],
    ['backup', bucket({ s3Endpoint: 'https://s3.eu-central-1.amazonaws.com' }), 'set backup.s3Region to eu-central-1'],
    ['database.url', 'postgres:///code?host=/var/run/postgresql', 'a socket that containers cannot reach'],
    ['database.url', 'postgres://me:100%@db.example.com/code', 'has a "%" that is not an escape'],
    [
      'database',
      { url: 'postgres://me:pw@a.example.com/code', migrationUrl: 'postgres://owner:pw@a.example.com/other' },
      'database.migrationUrl is for another database than database.url',
    ],
    ['database.cnpg', { image: `ghcr.io/a/postgresql@sha256:${'0'.repeat(64)}` }, 'whose tag does not start with'],
    [
      'edge',
      {
        kind: 'ingress',
        host: 'code.example.com',
        namespace: 'in',
        path: '/code',
        annotations: { 'nginx.ingress.kubernetes.io/rewrite-target': '/' },
      },
      'which sends every path to the same one',
    ],
    ['edge', { kind: 'ingress', host: 'code.example.com' }, 'set network.clients to ["*"]'],
    ['edge', { kind: 'ingress', host: `${'a'.repeat(64)}.example.com` }, 'edge.host must be a host name'],
    ['network.proxy', { https: 'http://proxy:3128?a' }, 'network.proxy.https must be a URL'],
  ])('%s: %j', (key, value, message) => {
    expect(() => read({ [key]: value })).toThrow(message)
  })

  test('and valid objects are accepted', () => {
    const all = [
      service({
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        loadBalancerSourceRanges: ['10.0.0.0/8', 'fd00::/8'],
      }),
      policy({ to: [{ ipBlock: { cidr: '::/0', except: ['fe80::/10'] } }], ports: [{ port: 5000, endPort: 5100 }] }),
      ingress({ path: '/code(/|$)(.*)', pathType: 'ImplementationSpecific', backend }),
      cronJob({ timeZone: 'Europe/Berlin' }),
      deployment({ strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } } }),
    ]
    for (const one of all) expect(() => read({ 'kubernetes.extraObjects': one })).not.toThrow()
    const mine = account({ 'iam.gke.io/gcp-service-account': 'code@team-1.iam.gserviceaccount.com' })
    expect(() => read({ 'server.serviceAccount': mine })).not.toThrow()
  })
})

describe('what an operator rejects in its objects is refused', () => {
  const cluster = (parameters: object) => ({
    target: { kind: 'Cluster' },
    patch: { spec: { postgresql: { parameters } } },
  })
  const patched = async (patch: object, more: object = {}) => {
    const settings = {
      kubernetes: { context: 'production', patches: [patch] },
      image: { reference: 'code:1' },
      ...more,
    }
    await objectsOf(settingsOf('kubernetes', settings))
  }
  const cnpg = { database: { cnpg: {} } }

  test('parameters of Postgres must be text, and those of CloudNativePG stay its own', async () => {
    await expect(patched(cluster({ max_wal_senders: 10 }), cnpg)).rejects.toThrow(
      'spec.postgresql.parameters.max_wal_senders must be text; write it in quotation marks, "10"',
    )
    await expect(patched(cluster({ ssl_min_protocol_version: 'TLSv1.3' }), cnpg)).rejects.toThrow(
      'ssl_min_protocol_version is set by CloudNativePG itself',
    )
    await expect(patched(cluster({ max_wal_senders: '10', work_mem: '32MB' }), cnpg)).resolves.toBeUndefined()
  })

  test.each([
    [
      {
        apiVersion: 'keda.sh/v1alpha1',
        kind: 'ScaledObject',
        metadata: { name: 'a' },
        spec: { scaleTargetRef: { name: 'server' }, triggers: [{ type: 'cron', metadata: { desiredReplicas: 5 } }] },
      },
      'spec.triggers.0.metadata.desiredReplicas must be text; write it in quotation marks, "5"',
    ],
    [
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'ServiceMonitor',
        metadata: { name: 'a' },
        spec: { selector: {}, endpoints: [{ port: 'http', interval: 15 }] },
      },
      'spec.endpoints.0.interval must be a time such as 30s, got 15',
    ],
  ])('%j', (object, message) => {
    expect(() => read({ 'kubernetes.extraObjects': [object] })).toThrow(message)
  })

  test('but not what another operator has under the same kind', () => {
    const other = {
      apiVersion: 'cluster.x-k8s.io/v1beta1',
      kind: 'Cluster',
      metadata: { name: 'a' },
      spec: { postgresql: { parameters: { port: 1 } } },
    }
    expect(() => read({ 'kubernetes.extraObjects': [other] })).not.toThrow()
  })
})

test('settings that CloudNativePG cannot apply to its pods are refused together with it', () => {
  const more = [{ name: 'one', image: 'proxy:1' }]
  expect(() => read({ 'database.cnpg': {}, 'postgres.containers': more })).toThrow(
    'database.cnpg and postgres.containers cannot be combined',
  )
})

test('Postgres has connections for the maximum number of servers and workers', () => {
  const connectionsOf = (settings: Group) => {
    const { postgres } = read(settings) as { readonly postgres: { readonly connections?: number } }
    return postgres.connections ?? 0
  }
  expect(connectionsOf({ 'server.maxReplicas': 100 }) - connectionsOf({ 'server.maxReplicas': 50 })).toBe(400)
})

test('an AMD GPU gets a matching image by default', () => {
  expect(read({ 'ollama.gpu': 'amd' }).ollama.image).toMatch(/-rocm$/)
  expect(read({ 'ollama.gpu': 'nvidia' }, 'docker').ollama.image).not.toMatch(/-rocm$/)
})
