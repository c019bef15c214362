import { describe, expect, test } from 'vitest'
import { readSettings } from '../../infra/settings/settings.ts'

type Group = Readonly<Record<string, unknown>>

const IMAGE = { image: { reference: 'registry.example.com/codebase-mcp:1.0.0' } }

/** Keys as a person writes them, `server.env`, over a stack that is right. */
function read(settings: Group, target = 'kubernetes') {
  const groups: Record<string, unknown> = { target, ...(target === 'docker' ? {} : IMAGE) }
  for (const [path, value] of Object.entries(settings)) {
    const [group = '', key, inner] = path.split('.')
    const own = inner === undefined ? value : { [inner]: value }
    groups[group] = key === undefined ? value : { ...(groups[group] as Group), [key]: own }
  }
  const texts = Object.entries(groups).map(([key, value]) => [
    `codebase-mcp:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return readSettings(Object.fromEntries(texts))
}

const nodeTerms = (...terms: readonly object[]) => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
})
const apart = (term: object) => ({ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } })
const sidecar = (more: object) => [{ name: 'side', image: 'proxy:1', ...more }]
const volume = (source: object) => [{ name: 'more', ...source }]
const mount = (more: object) => [{ name: 'more', mountPath: '/more', ...more }]
const spread = (more: object) => ({ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', ...more })
const configMap = (more: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, ...more })

describe('what an API server would refuse is refused by the name of its setting', () => {
  test.each<[string, unknown, string]>([
    ['kubernetes.schedulerName', 'My_Scheduler', 'the name of a scheduler'],
    ['kubernetes.tolerations', [{ key: 'a', value: 'x y' }], '.0 has the value "x y", which no taint can have'],
    [
      'kubernetes.tolerations',
      [{ key: 'a', operator: 'Gt', value: 'many' }],
      '.0 has operator Gt, which compares with a whole number',
    ],
    [
      'kubernetes.affinity',
      nodeTerms({ matchExpressions: [{ key: 'cpus', operator: 'Gt', values: ['1', '2'] }] }),
      'values must be one whole number with Gt',
    ],
    [
      'kubernetes.affinity',
      nodeTerms({ matchExpressions: [{ key: 'a', operator: 'In', values: ['x y'] }] }),
      'values.0 must be what a label can have',
    ],
    [
      'kubernetes.affinity',
      nodeTerms({ matchFields: [{ key: 'spec.name', operator: 'In', values: ['a'] }] }),
      'key must be metadata.name',
    ],
    [
      'kubernetes.affinity',
      apart({
        topologyKey: 'zone',
        labelSelector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] },
      }),
      'operator must be one of In, NotIn, Exists, DoesNotExist',
    ],
    [
      'kubernetes.affinity',
      apart({ topologyKey: 'zone', namespaces: ['Team_A'] }),
      'namespaces.0 must be the name of a namespace',
    ],
    [
      'kubernetes.topologySpreadConstraints',
      [spread({ minDomains: 2 })],
      '.0.minDomains goes with whenUnsatisfiable: DoNotSchedule alone',
    ],
    [
      'kubernetes.topologySpreadConstraints',
      [spread({}), spread({ maxSkew: 2 })],
      'two entries with the same topologyKey',
    ],
    [
      'kubernetes.hostAliases',
      [
        { ip: '10.0.0.1', hostnames: ['a'] },
        { ip: '10.0.0.1', hostnames: ['b'] },
      ],
      'two entries with the same ip',
    ],
    ['kubernetes.dnsConfig', { searches: ['corp example'] }, '.searches.0 must be a domain such as example.com'],
    ['kubernetes.dnsConfig', { options: [{ name: '' }] }, '.options.0.name must be the name of an option'],
    ['kubernetes.serviceAccount', { name: 'default' }, 'has the name default, which every namespace has already'],
    ['kubernetes.extraObjects', [configMap({ data: { retries: 3 } })], '.0.data.retries must be text, got 3'],
    ['kubernetes.extraObjects', [configMap({ dat: {} })], '.0.dat is no field that Kubernetes has there'],
    ['kubernetes.extraObjects', [configMap({}), configMap({})], '.1 is ConfigMap one again'],
    [
      'kubernetes.extraObjects',
      [configMap({ metadata: { name: 'one', namespace: 'Team_A' } })],
      '.0.metadata.namespace must be the name of a namespace',
    ],
    [
      'kubernetes.extraObjects',
      [configMap({ metadata: { name: 'one', labels: { team: 'a b' } } })],
      '.0.metadata.labels.team must be',
    ],
    [
      'server.env',
      { A: { secretKeyRef: { name: 'one', key: 'a/b' } } },
      '.A.secretKeyRef.key must be a key of letters',
    ],
    [
      'server.env',
      { A: { fieldRef: { fieldPath: 'status.phase' } } },
      '.A.fieldRef.fieldPath must be one of metadata.name',
    ],
    ['server.volumes', volume({ emptyDir: { sizeLimit: '10 GB' } }), '.0.emptyDir.sizeLimit must be a quantity'],
    ['server.volumes', volume({ emptyDir: { medium: 'RAM' } }), '.0.emptyDir.medium must be Memory'],
    [
      'server.volumes',
      volume({ configMap: { secretName: 'one' } }),
      '.0.configMap.secretName is no field that Kubernetes has there',
    ],
    ['server.volumes', volume({ secret: { name: 'one' } }), '.0.secret.secretName is missing'],
    [
      'server.volumes',
      volume({ secret: { secretName: 'one', defaultMode: '0644' } }),
      '.0.secret.defaultMode must be a whole number, got "0644"',
    ],
    [
      'server.volumes',
      volume({ secret: { secretName: 'one', defaultMode: 999 } }),
      '.0.secret.defaultMode must be from 0 to 511',
    ],
    [
      'worker.volumes',
      volume({ persistentVolumeClaim: { name: 'one' } }),
      '.0.persistentVolumeClaim.claimName is missing',
    ],
    ['worker.volumes', volume({ nfs: { path: '/x' } }), '.0.nfs.server is missing'],
    ['worker.volumeMounts', mount({ subPath: '../up' }), '.0.subPath must be a path inside of the volume'],
    ['worker.volumeMounts', mount({ subPath: 'a', subPathExpr: 'b' }), '.0 has subPath and subPathExpr'],
    ['worker.volumeMounts', mount({ readonly: true }), '.0.readonly is no field'],
    ['server.containers', sidecar({ ports: [{ port: 80 }] }), '.0.ports.0.containerPort is missing'],
    [
      'server.containers',
      sidecar({ ports: [{ containerPort: 70000 }] }),
      '.0.ports.0.containerPort must be from 1 to 65535, got 70000',
    ],
    [
      'server.containers',
      sidecar({ ports: [{ containerPort: 80, name: 'metrics-of-the-proxy' }] }),
      '.0.ports.0.name must be up to 15',
    ],
    ['server.containers', sidecar({ env: { A: 'b' } }), '.0.env must be a list'],
    ['server.containers', sidecar({ env: [{ name: 'A', value: 1 }] }), '.0.env.0.value must be text, got 1'],
    ['server.containers', sidecar({ command: 'sh -c x' }), '.0.command must be a list, got "sh -c x"'],
    [
      'server.containers',
      sidecar({ resources: { limits: { memory: '1 GB' } } }),
      '.0.resources.limits.memory must be a quantity',
    ],
    [
      'server.containers',
      sidecar({ resources: { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } }),
      '.0.resources.requests.memory is 2Gi, more than its limit, 1Gi',
    ],
    [
      'server.containers',
      sidecar({ imagePullPolicy: 'always' }),
      '.0.imagePullPolicy must be one of Always, IfNotPresent, Never',
    ],
    [
      'server.containers',
      sidecar({ securityContext: { runAsUser: 'root' } }),
      '.0.securityContext.runAsUser must be a whole number',
    ],
    [
      'server.containers',
      sidecar({ livenessProbe: { exec: { command: ['a'] }, httpGet: { port: 1 } } }),
      '.0.livenessProbe must have one of',
    ],
    ['server.containers', sidecar({ restartPolicy: 'Always' }), '.0.restartPolicy is for initContainers alone'],
    ['jobs.initContainers', sidecar({ restartPolicy: 'OnFailure' }), '.0.restartPolicy must be Always'],
    [
      'jobs.initContainers',
      sidecar({ readinessProbe: { exec: { command: ['a'] } } }),
      '.0.readinessProbe means something only with restartPolicy: Always',
    ],
  ])('%s: %j', (key, value, message) => {
    expect(() => read({ [key]: value })).toThrow(new RegExp(`codebase-mcp:${key}\\S*.*`))
    expect(() => read({ [key]: value })).toThrow(message)
  })
})

const hardened = (more: object) => [{ name: 'one', image: 'proxy:1', ...more }]
const extra = (object: object) => [{ apiVersion: 'v1', metadata: { name: 'one' }, ...object }]
const bucket = (more: object) => ({ s3Bucket: 'team', s3AccessKey: 'id', s3SecretKey: 'key', ...more })

describe('what the schema of Kubernetes lets pass, and an API server does not, is refused', () => {
  test.each<[string, unknown, string]>([
    [
      'kubernetes.extraObjects',
      extra({ kind: 'ConfigMap', data: { 'a/b': 'x' } }),
      '.0.data.a/b must have a key of letters',
    ],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'ConfigMap', data: { a: 'x' }, binaryData: { a: 'eA==' } }),
      'is in data too',
    ],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'ConfigMap', data: { a: 'x'.repeat(1_100_000) } }),
      'and 1048576 fit into it',
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
      '.0.spec.ports.0.name must be there once',
    ],
    ['kubernetes.extraObjects', extra({ kind: 'Service', spec: { ports: [] } }), '.0.spec.ports must have a port'],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'Service', metadata: { name: 'a.b' }, spec: { ports: [{ port: 1 }] } }),
      '.0.metadata.name must be a name that Service objects may have',
    ],
    [
      'kubernetes.extraObjects',
      extra({ kind: 'ConfigMap', metadata: { name: 'one', resourceVersion: '7' } }),
      'resourceVersion is given out by the cluster',
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
      'minReplicas is 3, more than maxReplicas, 2',
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
      'spec.selector.matchLabels.a is no label of the pods in template',
    ],
    ['server.containers', hardened({ env: [{ name: 'A' }, { name: 'A' }] }), '.0.env.1 is A again'],
    [
      'server.containers',
      hardened({ envFrom: [{ prefix: 'A_' }] }),
      '.0.envFrom.0 must have one of configMapRef, secretRef',
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
    ['server.containers', hardened({ lifecycle: { preStop: {} } }), 'lifecycle.preStop must have one of'],
    ['server.containers', hardened({ resources: { limits: { gpu: 1 } } }), 'resources.limits.gpu is no resource'],
    ['server.containers', hardened({ resources: { limits: { memory: '512m' } } }), 'thousandths of a byte; write Mi'],
    ['server.containers', hardened({ resources: { requests: { 'nvidia.com/gpu': 1 } } }), 'must be the same in limits'],
    ['server.containers', hardened({ ports: [{ containerPort: 1, protocol: 'tcp' }] }), 'protocol must be'],
    ['worker.volumes', volume({ projected: { sources: [] } }), '.0.projected.sources must have an entry'],
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
    [
      'worker.volumes',
      volume({ persistentVolumeClaim: { claimName: 'One' } }),
      'claimName must be the name of an object',
    ],
    ['worker.volumes', volume({ nfs: { server: 'a', path: 'x' } }), 'nfs.path must be an absolute path'],
    [
      'server.env',
      { A: { resourceFieldRef: { resource: 'limits.gpu' } } },
      'resource must be limits or requests of cpu',
    ],
    ['server.env', { A: { fieldRef: { fieldPath: "metadata.labels['a b']" } } }, 'fieldPath must be one of'],
    ['kubernetes.dnsConfig', { options: [{ name: 'ndots', value: 'two' }] }, 'without a number as its value'],
    ['kubernetes.affinity', nodeTerms({}), 'is a term without matchExpressions and matchFields'],
    ['kubernetes.patches', [{ target: { kind: 'Service' }, patch: {} }], '.0.patch changes nothing'],
    ['ollama.gpuResource', 'kubernetes.io/gpu', 'must be a resource of a node'],
  ])('%s: %j', (key, value, message) => {
    expect(() => read({ [key]: value })).toThrow(message)
  })
})

describe('what a bucket, an issuer, a registry or Ollama would not take is refused', () => {
  test.each<[string, unknown, string]>([
    ['backup', bucket({ s3Prefix: '/backups/' }), 'backup.s3Prefix must be the beginning of names'],
    ['backup', bucket({ s3Prefix: 'a/../b' }), 'backup.s3Prefix must be the beginning of names'],
    [
      'backup',
      bucket({ s3Endpoint: 'https://s3.example.com/?a=b' }),
      'backup.s3Endpoint must be a URL without a login',
    ],
    ['backup', bucket({ s3Endpoint: 'https://team.s3.example.com' }), 'which has the bucket team in it already'],
    ['backup', bucket({ s3Endpoint: 'http://localhost:9000' }), 'backup.s3Endpoint has the host localhost'],
    ['backup', bucket({ s3Bucket: 'xn--team' }), 'backup.s3Bucket must be the name of a bucket'],
    ['backup', bucket({ s3Region: 'Frankfurt' }), 'backup.s3Region is Frankfurt, which is no region of AWS'],
    ['backup', { s3Prefix: 'team/' }, 'backup.s3Bucket is missing, and backup.s3Prefix is about it'],
    ['secrets', { backup: 'keys' }, 'backup.s3Bucket is missing, and secrets.backup is about it'],
    ['secrets', { store: 'vault' }, 'secrets.store is vault, and no secret in it is named'],
    ['secrets', { storeKind: 'SecretStore' }, 'secrets.storeKind goes with secrets.store'],
    ['backup', { storage: '1Gi' }, 'backup.storage is 1Gi, less than postgres.storage, 20Gi'],
    ['access', { oidcRepositories: ['*'] }, 'access.oidcRepositories goes with access.oidcIssuer'],
    [
      'access',
      { oidcIssuer: 'https://id.example.com/.well-known/openid-configuration', oidcAudience: 'a' },
      'access.oidcIssuer must be',
    ],
    ['image', { registry: 'ghcr.io' }, 'image.registry must be a registry with a port up to 65535, and with the path'],
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
      'ollama.url and ollama.tolerations exclude each other',
    ],
    ['postgres.image', 'bitnami/postgresql:17', 'which has no pgvector'],
    [
      'postgres.image',
      'ghcr.io/cloudnative-pg/postgresql:17-standard-trixie',
      'which only the operator of CloudNativePG starts',
    ],
    [
      'database.cnpg',
      { image: 'ghcr.io/cloudnative-pg/postgresql:latest' },
      'whose tag does not begin with the version',
    ],
    [
      'postgres',
      { maintenanceMemory: 256, sharedMemory: 64 },
      'postgres.sharedMemory is 64 MiB, less than maintenance_work_mem',
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
    ['sources', [{ kind: 'github', url: 'https://gitlab.com/acme' }], 'gitlab.com is a server of gitlab'],
    [
      'edge',
      { kind: 'ingress', host: 'a.example.com', namespace: 'in', annotations: { 'cert-manager.io/issuer': 'a' } },
      'no edge.tlsSecret',
    ],
    [
      'backup',
      { s3Bucket: 'team', serviceAccount: { name: 'b', annotations: { 'eks.amazonaws.com/role-arn': 'mine' } } },
      'must be a role such as arn:aws',
    ],
    ['size', 'large', 'postgres.storage is 1Gi, and size large is for 5000000 chunks'],
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

describe('what a container or Postgres would stumble over is refused', () => {
  test.each<[string, unknown, string]>([
    [
      'network.proxy',
      { https: 'http://proxy:3128', noProxy: ['*.corp.example.com'] },
      'network.proxy.noProxy.0 must be a host',
    ],
    ['ollama.model', 'https://ollama.com/library/all-minilm', 'ollama.model must be the name of a model'],
    ['ollama.url', 'http://ollama.example.com:11434/api', 'ollama.url ends with /api, which the service adds itself'],
    ['ollama.url', 'http://localhost:11434', 'ollama.url has the host localhost, which is each pod itself'],
    ['database.url', 'postgres://me:pw@127.0.0.1:5432/code', 'database.url has the host 127.0.0.1'],
    ['database.url', 'postgres://me:pw@db.example.com:5432', 'database.url has no name of a database'],
    ['database.url', 'postgres:///code', 'database.url has no host'],
    ['database.external', { host: 'localhost', password: 'pw' }, 'database.external.host has the host localhost'],
    ['database.cnpg', { image: 'ghcr.io/cloudnative-pg/postgresql:17-minimal-trixie' }, 'database.cnpg.image is'],
    ['postgres.image', 'postgres:17', 'postgres.image is postgres:17, which has no pgvector'],
    ['repositories', ['https://github.com/acme/shop/tree/main'], 'write https://github.com/acme/shop.git#main'],
    [
      'repositories',
      ['shop=https://git.example.com/a/b/shop/-/tree/dev'],
      'write shop=https://git.example.com/a/b/shop.git#dev',
    ],
  ])('%s: %j', (key, value, message) => {
    expect(() => read({ [key]: value })).toThrow(message)
  })

  test('on Docker, where a container is its own localhost too', () => {
    expect(() => read({ 'ollama.url': 'http://127.0.0.1:11434' }, 'docker')).toThrow(
      'write host.docker.internal for this machine',
    )
    expect(() => read({ 'ollama.url': 'http://host.docker.internal:11434' }, 'docker')).not.toThrow()
  })
})

test('a database behind a proxy in the same pod may be at localhost', () => {
  const proxy = [{ name: 'sql-proxy', image: 'proxy:2', restartPolicy: 'Always' }]
  const url = 'postgres://me:pw@localhost:5432/code'
  expect(() => read({ 'database.url': url, 'server.initContainers': proxy })).not.toThrow()
})

test('what is right in a pod is taken', () => {
  const right = {
    'kubernetes.tolerations': [
      { key: 'gpu', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
      { operator: 'Exists' },
    ],
    'kubernetes.affinity': nodeTerms({
      matchExpressions: [{ key: 'cpus', operator: 'Gt', values: ['3'] }],
      matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }],
    }),
    'kubernetes.topologySpreadConstraints': [
      spread({}),
      spread({ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { a: 'b' } } }),
    ],
    'kubernetes.dnsConfig': {
      searches: ['svc.cluster.local', '_tcp.example.com.', '.'],
      options: [{ name: 'ndots', value: 2 }],
    },
    'kubernetes.extraObjects': [
      configMap({ data: { a: '1' } }),
      { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'one' }, anything: { goes: 1 } },
    ],
    'server.env': {
      POD: { fieldRef: { fieldPath: "metadata.labels['app.kubernetes.io/name']" } },
      CPU: { resourceFieldRef: { resource: 'limits.cpu' } },
    },
    'server.volumes': [
      { name: 'a', configMap: { name: 'one', optional: true, items: [{ key: 'k', path: 'p', mode: 256 }] } },
      {
        name: 'b',
        projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'x', expirationSeconds: 3600 } }] },
      },
      {
        name: 'c',
        csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass: 'one' } },
      },
      {
        name: 'd',
        ephemeral: {
          volumeClaimTemplate: {
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        },
      },
      { name: 'e', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    ],
    'server.volumeMounts': [
      { name: 'a', mountPath: '/a', subPath: 'k', readOnly: true, recursiveReadOnly: 'IfPossible' },
    ],
    'server.containers': sidecar({
      args: ['--port', '1'],
      env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
      ports: [{ name: 'admin', containerPort: 9000, protocol: 'TCP' }],
      resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: 1, memory: '128Mi' } },
      livenessProbe: { httpGet: { path: '/', port: 'admin' }, periodSeconds: 5 },
      lifecycle: { preStop: { sleep: { seconds: 5 } } },
      securityContext: { capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } },
    }),
    'jobs.initContainers': sidecar({ restartPolicy: 'Always', startupProbe: { tcpSocket: { port: 5432 } } }),
  }
  expect(() => read(right)).not.toThrow()
})
