import { describe, expect, test } from 'vitest'
import { read } from './keyed-settings.ts'

const nodeTerms = (...terms: readonly object[]) => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
})
const apart = (term: object) => ({ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } })
const sidecar = (more: object) => [{ name: 'side', image: 'proxy:1', ...more }]
const volume = (source: object) => [{ name: 'more', ...source }]
const mount = (more: object) => [{ name: 'more', mountPath: '/more', ...more }]
const spread = (more: object) => ({ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', ...more })
const configMap = (more: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, ...more })

describe('a value that an API server would refuse is refused with the name of its setting', () => {
  test.each<[string, unknown, string]>([
    ['kubernetes.schedulerName', 'My_Scheduler', 'the name of a scheduler'],
    ['kubernetes.tolerations', [{ key: 'a', value: 'x y' }], '.0 has the value "x y", which no taint can have'],
    [
      'kubernetes.tolerations',
      [{ key: 'a', operator: 'Gt', value: 'many' }],
      '.0 has operator Gt, which requires a whole number',
    ],
    [
      'kubernetes.affinity',
      nodeTerms({ matchExpressions: [{ key: 'cpus', operator: 'Gt', values: ['1', '2'] }] }),
      'values must be one whole number with Gt',
    ],
    [
      'kubernetes.affinity',
      nodeTerms({ matchExpressions: [{ key: 'a', operator: 'In', values: ['x y'] }] }),
      'values.0 must be a valid label value',
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
      '.0.minDomains requires whenUnsatisfiable: DoNotSchedule',
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
    ['kubernetes.serviceAccount', { name: 'default' }, 'has the name default, which exists in every namespace'],
    ['kubernetes.extraObjects', [configMap({ data: { retries: 3 } })], '.0.data.retries must be text, got 3'],
    ['kubernetes.extraObjects', [configMap({ dat: {} })], '.0.dat is not a field in the Kubernetes schema'],
    ['kubernetes.extraObjects', [configMap({}), configMap({})], '.1 is a duplicate of ConfigMap one'],
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
      '.0.configMap.secretName is not a field in the Kubernetes schema',
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
    ['worker.volumeMounts', mount({ subPath: '../up' }), '.0.subPath must be a path inside the volume'],
    ['worker.volumeMounts', mount({ subPath: 'a', subPathExpr: 'b' }), '.0 has both subPath and subPathExpr'],
    ['worker.volumeMounts', mount({ readonly: true }), '.0.readonly is not a field'],
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
      '.0.resources.requests.memory is 2Gi, which is more than the limit of 1Gi',
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
      '.0.livenessProbe must have exactly one of',
    ],
    ['server.containers', sidecar({ restartPolicy: 'Always' }), '.0.restartPolicy is only for initContainers'],
    ['jobs.initContainers', sidecar({ restartPolicy: 'OnFailure' }), '.0.restartPolicy must be Always'],
    [
      'jobs.initContainers',
      sidecar({ readinessProbe: { exec: { command: ['a'] } } }),
      '.0.readinessProbe requires restartPolicy: Always',
    ],
  ])('%s: %j', (key, value, message) => {
    expect(() => read({ [key]: value })).toThrow(new RegExp(`codebase-mcp:${key}\\S*.*`))
    expect(() => read({ [key]: value })).toThrow(message)
  })
})

describe('a value on which a container or Postgres would fail is refused', () => {
  test.each<[string, unknown, string]>([
    ['kubernetes.pullSecrets', ['one', 'one'], 'kubernetes.pullSecrets has duplicate entries'],
    [
      'kubernetes.labels',
      { 'pod-security.kubernetes.io/warn': 'strict' },
      'must be one of privileged, baseline, restricted',
    ],
    ['kubernetes.dnsConfig', { searches: [`${'a'.repeat(64)}.example.com`] }, 'searches.0 must be a domain'],
    ['server.hostAliases', [{ ip: 'fe80::1%eth0', hostnames: ['a'] }], '.0.ip must be an IP address'],
    ['server.volumeMounts', mount({ mountPath: '/app' }), 'must be a folder that no container needs for itself'],
    [
      'server.env',
      { A: { resourceFieldRef: { resource: 'limits.memory', divisor: '1MB' } } },
      'divisor must be 1, or 1 with a unit',
    ],
    ['server.containers', sidecar({ lifecycle: { postStart: { exec: {} } } }), 'postStart.exec.command is missing'],
    ['edge', { tlsSecret: 'tls' }, 'edge.tlsSecret requires edge.kind to be gateway or ingress'],
    ['edge', { kind: 'ingress', hosts: ['a.example.com', 'A.example.com'] }, 'edge.hosts has duplicate entries'],
    ['edge', { kind: 'gateway', host: 'a.example.com', gateway: 'team.a/web' }, 'edge.gateway must be a Gateway'],
    ['ollama.url', 'http://ollama.example.com:0', 'ollama.url must be a URL'],
    ['image', { reference: 'a'.repeat(64) }, 'image.reference must be an image reference'],
    ['image', { reference: `registry.example.com/${'a'.repeat(240)}:1` }, 'image.reference must be an image reference'],
    ['repositories', ['..=https://git.example.com/a.git'], 'whose name must have more than dots'],
    ['repositories', ['https://git.example.com:0/a.git'], 'repositories has "https://git.example.com:0/a.git"'],
    [
      'database.external',
      { host: 'db.example.com', password: 'pw', sslMode: 'verify-ca' },
      'database.external.ca, by which the server is verified, is missing',
    ],
    [
      'database.cnpg',
      { archive: { recoverUntil: '2026-02-30T00:00:00Z' } },
      'archive.recoverUntil must be a time in UTC',
    ],
    [
      'network.proxy',
      { https: 'http://proxy:3128', noProxy: ['*.corp.example.com'] },
      'network.proxy.noProxy.0 must be a host',
    ],
    ['ollama.model', 'https://ollama.com/library/all-minilm', 'ollama.model must be the name of a model'],
    ['ollama.url', 'http://ollama.example.com:11434/api', 'ollama.url ends with /api, which the service adds itself'],
    ['ollama.url', 'http://localhost:11434', 'ollama.url has the host localhost, which is the pod itself'],
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

  test('on Docker, where a container has its own localhost too', () => {
    expect(() => read({ 'ollama.url': 'http://127.0.0.1:11434' }, 'docker')).toThrow(
      'use host.docker.internal for this machine',
    )
    expect(() => read({ 'ollama.url': 'http://host.docker.internal:11434' }, 'docker')).not.toThrow()
  })
})

test('a database behind a proxy in the same pod may be at localhost', () => {
  const proxy = [{ name: 'sql-proxy', image: 'proxy:2', restartPolicy: 'Always' }]
  const url = 'postgres://me:pw@localhost:5432/code'
  expect(() => read({ 'database.url': url, 'server.initContainers': proxy })).not.toThrow()
})

test('a valid value for a pod is accepted', () => {
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
