import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../../infra/finding.ts'
import { runPreflight } from '../../../../infra/kubernetes/cluster/preflight/preflight.ts'
import { objectsOf, settingsOf } from '../../mocked.ts'
import { FORBIDDEN, fakeKubectl, labelsOf, node } from './fake-cluster.ts'

const GIB = 1024 ** 3
const NAMESPACE = '/api/v1/namespaces/shop'
const OURS = { [NAMESPACE]: { metadata: { name: 'shop', labels: labelsOf('namespace') } } }
const IMAGE = { image: { reference: 'registry.example.com/codebase-mcp:1' } }

type Given = Parameters<typeof fakeKubectl>[0]

async function look(given: Given = {}, values: Record<string, unknown> = {}, kubeconfig?: string) {
  const settings = settingsOf('kubernetes', {
    name: 'shop',
    kubernetes: { context: 'production' },
    ...IMAGE,
    ...values,
  })
  return runPreflight(settings, () => objectsOf(settings), fakeKubectl(given).kubectl, kubeconfig)
}

const of = (findings: readonly Finding[], state: Finding['state']) =>
  findings.filter((finding) => finding.state === state).map(({ detail, remedy }) => `${detail}: ${remedy}`)

/** Returns the faults found. */
const faults = async (...args: Parameters<typeof look>) => of(await look(...args), 'failing')

describe('an existing volume', () => {
  const claim = (storage: string, storageClassName = 'fast') => ({
    metadata: { name: 'ollama', labels: labelsOf('ollama') },
    spec: { storageClassName, resources: { requests: { storage } } },
    status: { phase: 'Bound' },
  })
  const has = (storage: string, allowVolumeExpansion: boolean) => {
    const classes = [{ metadata: { name: 'fast' }, allowVolumeExpansion }]
    return {
      at: {
        ...OURS,
        [`${NAMESPACE}/persistentvolumeclaims`]: { items: [claim(storage)] },
        '/apis/storage.k8s.io/v1/storageclasses': { items: classes },
      },
    }
  }
  const wanting = { ollama: { storage: '20Gi' }, kubernetes: { context: 'production', storageClass: 'fast' } }

  test('cannot shrink', async () => {
    expect(await faults(has('30Gi', true), wanting)).toEqual([
      'The volume ollama has 30Gi, but the settings request 20Gi; a volume cannot shrink: Set its storage to 30Gi; docs/volumes.md describes the move, by a backup, to a smaller one',
    ])
  })

  test('of CloudNativePG cannot shrink either, apart from its WAL', async () => {
    const made = (name: string, storage: string) => ({
      ...claim(storage),
      metadata: { name, labels: labelsOf('postgres') },
    })
    const items = [made('postgres-1', '50Gi'), made('postgres-2-wal', '8Gi')]
    const postgres = { storage: '40Gi', walStorage: '8Gi' }
    const found = await faults(
      { at: { ...OURS, [`${NAMESPACE}/persistentvolumeclaims`]: { items } } },
      { ...wanting, database: { cnpg: {} }, postgres },
    )
    expect(found.filter((each) => each.includes('volume'))).toEqual([
      expect.stringContaining('The volume postgres-1 has 50Gi, but the settings request 40Gi; a volume cannot shrink'),
    ])
  })

  test('stays in its storage class', async () => {
    const { at } = has('20Gi', true)
    const items = [claim('20Gi', 'slow')]
    const found = await faults({ at: { ...at, [`${NAMESPACE}/persistentvolumeclaims`]: { items } } }, wanting)
    expect(found).toEqual([
      'The volume ollama has the StorageClass slow, but the settings request fast; a volume keeps its StorageClass: Set codebase-mcp:kubernetes.storageClass to slow; docs/volumes.md describes the move, by a backup, to another class',
    ])
  })

  test('can grow if its class allows it', async () => {
    expect(await faults(has('10Gi', true), wanting)).toEqual([])
    expect(await faults(has('10Gi', false), wanting)).toEqual([
      'The volume ollama has 10Gi, but the settings request 20Gi, and its StorageClass fast does not allow volume expansion: Set its storage to 10Gi, or set allowVolumeExpansion of the class',
    ])
  })

  test('may have the same size in other units', async () => {
    expect(await faults(has('20480Mi', false), wanting)).toEqual([])
  })
})

describe('an existing database', () => {
  const stateful = (image: string, annotations: object) => ({
    metadata: { name: 'postgres', annotations },
    spec: { template: { spec: { containers: [{ name: 'postgres', image }] } } },
  })
  const at = (image: string, { claims = ['postgres'], annotations = {}, more = {} } = {}) => {
    const items = claims.map((name) => ({ metadata: { name }, spec: {}, status: { phase: 'Bound' } }))
    const path = '/apis/apps/v1/namespaces/shop/statefulsets/postgres'
    const each = items.map((item) => [`${NAMESPACE}/persistentvolumeclaims/${item.metadata.name}`, item])
    return {
      at: {
        ...OURS,
        [path]: stateful(image, annotations),
        [`${NAMESPACE}/persistentvolumeclaims`]: { items },
        ...Object.fromEntries(each),
        ...more,
      },
    }
  }
  const image = (tag: string) => ({ postgres: { image: `pgvector/pgvector:${tag}` } })

  test('can only be opened by an image of its own major version', async () => {
    expect(await faults(at('pgvector/pgvector:pg17'), image('0.8.1-pg17'))).toEqual([])
    expect(await faults(at('pgvector/pgvector:pg17'), image('pg18'))).toEqual([
      'The database is in the format of Postgres 17, which Postgres 18 of pgvector/pgvector:pg18 cannot open: run `npm run upgrade` to upgrade it, or set codebase-mcp:postgres.image to an image of Postgres 17',
    ])
    expect(await faults(at('pgvector/pgvector:pg18'), image('pg17'))).toEqual([
      'The database is in the format of Postgres 18, which Postgres 17 of pgvector/pgvector:pg17 cannot open: set codebase-mcp:postgres.image to an image of Postgres 18',
    ])
  })

  test('may have been upgraded and not started yet', async () => {
    const upgraded = at('pgvector/pgvector:pg17', { annotations: { 'codebase-mcp/postgres-data': '18' } })
    expect(await faults(upgraded, image('pg18'))).toEqual([])
  })

  test('is not started if its upgrade was cut short', async () => {
    const kept = { metadata: { name: 'postgres-17', annotations: { 'codebase-mcp/upgrade': 'copied' } } }
    const more = { [`${NAMESPACE}/persistentvolumeclaims/postgres-17`]: kept }
    for (const tag of ['pg17', 'pg18']) {
      expect(await faults(at('pgvector/pgvector:pg17', { more }), image(tag))).toEqual([
        'An upgrade of Postgres was interrupted, and its database is incomplete: run `npm run upgrade` to continue',
      ])
    }
  })

  test('may have lost its files, and starts with another version', async () => {
    expect(await faults(at('pgvector/pgvector:pg17', { claims: [] }), image('pg18'))).toEqual([])
  })
})

describe('a cluster', () => {
  test('that is healthy has neither faults nor warnings', async () => {
    const findings = await look()
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([])
    expect(findings.map(({ name }) => name)).toContain('permissions')
  })

  test('is not checked without kubectl', async () => {
    const findings = await look({ isOnPath: false })
    expect(of(findings, 'warning')).toEqual([
      'kubectl is not on the PATH, so the cluster was not checked: Install it, see https://kubernetes.io/docs/tasks/tools/',
    ])
    expect(findings).toHaveLength(1)
  })

  test('that no context names is reported with the existing contexts', async () => {
    expect(await faults({ contexts: ['lab', 'staging'] }, {}, '/home/me/config')).toEqual([
      'The kubeconfig /home/me/config (KUBECONFIG) has no context "production": Set codebase-mcp:kubernetes.context to one of lab, staging, or correct KUBECONFIG',
    ])
  })

  test('without a kubeconfig is reported with the place where one is expected', async () => {
    const [fault] = await faults({ contexts: [] })
    expect(fault).toContain('There is no kubeconfig at ~/.kube/config, or it has no contexts')
  })

  test('that does not answer is the only fault reported', async () => {
    const at = { '/version': new Error('dial tcp 10.0.0.1:6443: i/o timeout') }
    expect(await faults({ at })).toEqual([
      'The API server of the context production does not answer: dial tcp 10.0.0.1:6443: i/o timeout: Start it, connect to its network, log in again, or correct the kubeconfig',
    ])
  })

  test('that is too old is refused', async () => {
    const [fault] = await faults({ at: { '/version': { major: '1', minor: '29+', gitVersion: 'v1.29.3' } } })
    expect(fault).toBe('The cluster of the context production runs Kubernetes v1.29.3: Update it to 1.30 or newer')
  })
})

describe('missing permissions', () => {
  test('are reported by kind, with the setting that makes them unnecessary', async () => {
    const [fault, ...more] = await faults({
      may: ({ resource, verb }) => resource !== 'namespaces' && !(resource === 'networkpolicies' && verb === 'create'),
    })
    expect(fault).toBe(
      'With the context production you may not create namespaces; create networkpolicies.networking.k8s.io in shop: Ask an administrator of the cluster for these permissions, such as by a RoleBinding to the ClusterRole admin, or continue with codebase-mcp:kubernetes.createNamespace=false in a namespace that somebody creates for you, or continue without network policies: codebase-mcp:network.policies=false',
    )
    expect(more).toEqual([])
  })

  test('are only reported for kinds that these settings need', async () => {
    const asked = new Set<string>()
    const may = ({ resource }: { resource: string }) => {
      asked.add(resource)
      return true
    }
    await look(
      { may, at: OURS },
      {
        network: { policies: false },
        backup: { enabled: false },
        edge: { kind: 'ingress', host: 'a.example.com', namespace: 'edge' },
      },
    )
    expect(asked).toContain('ingresses')
    for (const other of ['namespaces', 'networkpolicies', 'cronjobs', 'httproutes']) expect(asked).not.toContain(other)
  })
})

describe('a namespace', () => {
  test('that somebody else created is refused', async () => {
    expect(await faults({ at: { [NAMESPACE]: { metadata: { name: 'shop' } } } })).toEqual([
      'The namespace shop exists and was not created by this stack: Choose another codebase-mcp:kubernetes.namespace, or, to share it with others, set kubernetes.createNamespace=false',
    ])
  })

  test('that another stack created is refused', async () => {
    const at = { [NAMESPACE]: { metadata: { name: 'shop', labels: labelsOf('namespace', 'other') } } }
    expect((await faults({ at }))[0]).toContain('belongs to the stack other')
  })

  test('that this stack created, or is to share, is accepted', async () => {
    expect(await faults({ at: OURS })).toEqual([])
    const shared = { kubernetes: { context: 'production', createNamespace: false } }
    expect(await faults({ at: { [NAMESPACE]: { metadata: { name: 'shop' } } } }, shared)).toEqual([])
  })

  test('that does not exist is refused if it is not to be created', async () => {
    const [fault] = await faults({}, { kubernetes: { context: 'production', createNamespace: false } })
    expect(fault).toContain(
      'There is no namespace shop, and createNamespace is false: Create it with `kubectl create namespace shop`',
    )
  })

  test('that is terminating is refused', async () => {
    const at = {
      [NAMESPACE]: { metadata: { name: 'shop', labels: labelsOf('namespace') }, status: { phase: 'Terminating' } },
    }
    expect((await faults({ at }))[0]).toContain('is being deleted')
  })

  test('that may not be read is left to later steps', async () => {
    expect(await faults({ at: { [NAMESPACE]: FORBIDDEN } })).toEqual([])
  })
})

describe('volumes', () => {
  const none = { '/apis/storage.k8s.io/v1/storageclasses': { items: [{ metadata: { name: 'slow' } }] } }

  test('need a default storage class if none is named', async () => {
    expect(await faults({ at: none })).toEqual([
      'The cluster has no default StorageClass; it has slow: Set codebase-mcp:kubernetes.storageClass, or make one the default',
    ])
  })

  test('need the named storage class', async () => {
    const values = { kubernetes: { context: 'production', storageClass: 'gone' } }
    expect((await faults({ at: none }, values))[0]).toBe(
      'The cluster has no StorageClass "gone"; it has slow: Correct codebase-mcp:kubernetes.storageClass',
    )
  })

  test('that exist need none', async () => {
    const items = ['postgres', 'postgres-wal', 'ollama', 'backups'].map((name) => ({
      metadata: { name },
      spec: {},
      status: { phase: 'Bound' },
    }))
    expect(await faults({ at: { ...OURS, ...none, [`${NAMESPACE}/persistentvolumeclaims`]: { items } } })).toEqual([])
  })
})

describe('named Secrets', () => {
  const values = { secrets: { git: 'git-keys' }, kubernetes: { context: 'production', pullSecret: 'pull' } }

  test('must exist and contain the keys that are read', async () => {
    const at = { ...OURS, [`${NAMESPACE}/secrets/pull`]: { data: { other: '' } } }
    expect(await faults({ at }, values)).toEqual([
      'The namespace shop has no Secret git-keys, to which codebase-mcp:secrets.git refers: Create it with GIT_CREDENTIALS, or correct the setting',
      'The Secret pull (codebase-mcp:kubernetes.pullSecrets) lacks .dockerconfigjson; it has other: Add the missing key',
    ])
  })

  test('cannot be in a namespace that is yet to be created', async () => {
    const [fault] = await faults({}, values)
    expect(fault).toContain('and so neither does git-keys (codebase-mcp:secrets.git), pull')
    expect(fault).toContain('createNamespace=false')
  })

  test('from a store need a cluster that knows its kind', async () => {
    const stored = { secrets: { git: 'git-keys', store: 'vault' } }
    expect(await faults({ at: OURS }, stored)).toEqual([
      'The cluster does not serve ExternalSecret of external-secrets.io/v1: Install External Secrets 0.17 or newer, or remove codebase-mcp:secrets.store and name existing Secrets',
    ])
    const at = { ...OURS, '/apis/external-secrets.io/v1': { resources: [{ kind: 'ExternalSecret' }] } }
    expect(await faults({ at }, stored)).toEqual([])
  })
})

test('extra objects need their kind and the permission to create it', async () => {
  const certificate = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'shop' },
    spec: { secretName: 'shop', dnsNames: ['shop.example.com'], issuerRef: { name: 'ca' } },
  }
  const values = { kubernetes: { context: 'production', extraObjects: [certificate] } }
  const may = ({ resource }: { resource: string }) => resource !== 'certificates'
  expect(await faults({ at: OURS, may }, values)).toEqual([
    'With the context production you may not get, list, watch, create, patch, delete certificates.cert-manager.io in shop: Ask an administrator of the cluster for these permissions, such as by a RoleBinding to the ClusterRole admin',
    'The cluster does not serve Certificate of cert-manager.io/v1: Install its CustomResourceDefinition, or remove it from codebase-mcp:kubernetes.extraObjects',
  ])
})

test('node labels that a part selects only count for its own nodes', async () => {
  const labelled = node('4', 16 * GIB, { disk: 'fast' })
  const at = { ...OURS, '/api/v1/nodes': { items: [node('4', 16 * GIB), labelled] } }
  expect(await faults({ at }, { postgres: { nodeSelector: { disk: 'fast' } } })).toEqual([])
  const [fault] = await faults({ at }, { postgres: { nodeSelector: { disk: 'slow' } } })
  expect(fault).toMatch(/^A pod of postgres requests .*, but no node has the labels that it selects: Lower/)
})

test('named classes must exist', async () => {
  const values = { kubernetes: { context: 'production', priorityClass: 'high' }, ollama: { runtimeClass: 'nvidia' } }
  const at = { '/apis/node.k8s.io/v1/runtimeclasses/nvidia': {} }
  expect(await faults({ at }, values)).toEqual([
    'The cluster has no PriorityClass "high": Create it, or correct codebase-mcp:kubernetes.priorityClass',
  ])
})

describe('a quota', () => {
  const quota = (hard: Record<string, string>, used: Record<string, string> = {}) => ({
    ...OURS,
    [`${NAMESPACE}/resourcequotas`]: { items: [{ metadata: { name: 'team' }, spec: {}, status: { hard, used } }] },
  })
  const small = {
    server: { replicas: 1, memory: 1024, cpus: 0.5 },
    worker: { replicas: 1, memory: 1024, cpus: 0.5 },
    postgres: { memory: 1024, cpus: 0.5 },
    ollama: { enabled: false },
  }

  test('that the stack exceeds is reported with what is left and what is needed', async () => {
    expect(await faults({ at: quota({ 'requests.memory': '4Gi' }, { 'requests.memory': '1Gi' }) }, small)).toEqual([
      'The stack exceeds the quota team: 3.3 GiB of requests.memory needed, but only 3.0 GiB left: Raise the quota, or lower codebase-mcp:size, or replicas, cpus, memory and storage of the largest parts',
    ])
  })

  test('with enough room is accepted, counting what the stack itself uses', async () => {
    const at = quota({ 'requests.memory': '4Gi' }, { 'requests.memory': '1Gi' })
    const running = {
      spec: { containers: [{ resources: { requests: { memory: '1Gi' } } }] },
      status: { phase: 'Running' },
    }
    expect(await faults({ at: { ...at, [`${NAMESPACE}/pods`]: { items: [running] } } }, small)).toEqual([])
  })

  test('of CPU limits refuses pods without a limit', async () => {
    const limits = { at: quota({ 'limits.cpu': '100' }) }
    expect((await faults(limits, small))[0]).toContain('Set codebase-mcp:kubernetes.cpuLimit')
    const limited = { ...small, kubernetes: { context: 'production', cpuLimit: 2 } }
    expect(await faults(limits, limited)).toEqual([])
  })

  test('in the settings counts before it is created', async () => {
    const more = { containers: [{ name: 'serve', resources: { requests: { cpu: '2' } } }] }
    const patches = [{ target: { kind: 'Deployment', name: 'server' }, patch: { spec: { template: { spec: more } } } }]
    const own = { ...small, kubernetes: { context: 'production', quotaCpus: 2.5, patches } }
    await expect(faults({}, own)).rejects.toThrow(
      'kubernetes.quotaCpus or quotaMemory (ResourceQuota quota).spec.hard.requests.cpu is 2.5, but 5.5 CPU are needed',
    )
  })
})

describe('nodes', () => {
  const nodes = { '/api/v1/nodes': { items: [node('2', 8 * GIB), node('16', 4 * GIB)] } }
  const large = { ollama: { memory: 6000, cpus: 4 } }

  test('without room for a pod are reported with the largest free amount', async () => {
    expect(await faults({ at: nodes }, large)).toEqual([
      'A pod of ollama requests 4 CPU, 5.9 GiB of memory, 512 MiB of disk, but a node has at most 16 CPU, 8.0 GiB of memory, 900 GiB of disk: Lower codebase-mcp:ollama.cpus, ollama.memory, or correct codebase-mcp:ollama.nodeSelector or gpu, or add a larger node',
    ])
  })

  test('without room for all pods together are reported with the sum, and what to lower', async () => {
    const one = { '/api/v1/nodes': { items: [node('2', 64 * GIB)] } }
    const values = { server: { replicas: 2, cpus: 1 }, worker: { replicas: 1, cpus: 0.5 } }
    const [fault] = await faults({ at: one }, values)
    expect(fault).toMatch(
      /^The pods request [\d.]+ CPU and .* in total, but the nodes have 2 CPU and 64.0 GiB of memory: Lower/,
    )
  })

  test('that an autoscaler adds only cause a warning', async () => {
    const findings = await look({ at: { ...nodes, '/apis/karpenter.sh': {} } }, large)
    expect(of(findings, 'failing')).toEqual([])
    expect(of(findings, 'warning')).toHaveLength(1)
  })

  test('without the requested GPU are reported', async () => {
    const [fault] = await faults({}, { ollama: { gpu: 'nvidia' } })
    expect(fault).toContain('1 nvidia.com/gpu, but a node has at most')
  })

  test('that may not be read are not judged', async () => {
    expect(await faults({ at: { '/api/v1/nodes': FORBIDDEN } }, large)).toEqual([])
  })
})

describe('warnings', () => {
  test('cover autoscaling without metrics', async () => {
    const at = { '/apis/metrics.k8s.io/v1beta1': new Error('the server is currently unable to handle the request') }
    const values = {
      server: { replicas: 1, maxReplicas: 3 },
      worker: { replicas: 1, maxReplicas: 4, scaleOn: 'queue' },
    }
    expect(of(await look({ at }, values), 'warning')).toEqual([
      'Nothing in the cluster serves metrics.k8s.io, so server will not scale: Install the metrics server, or set codebase-mcp:server.maxReplicas to the number of replicas',
      'Nothing in the cluster serves external.metrics.k8s.io, so worker will not scale: Install the Prometheus adapter, or KEDA, or set codebase-mcp:worker.maxReplicas to the number of replicas',
    ])
  })

  test('cover an unknown network plugin', async () => {
    const at = { '/apis/apps/v1/daemonsets': { items: [{ metadata: { name: 'flannel' } }] } }
    expect(of(await look({ at }), 'warning')[0]).toContain(
      "None of the cluster's DaemonSets is a network plugin that is known to enforce network policies",
    )
    expect(of(await look({ at }, { network: { policies: false } }), 'warning')).toEqual([])
  })
})

test('all faults are reported at once, including that of a check that fails itself', async () => {
  const at = { [NAMESPACE]: { metadata: { name: 'shop' } } }
  const may = () => {
    throw new Error('etcd is slow')
  }
  expect(
    (await faults({ at, may }, { kubernetes: { context: 'production', priorityClass: 'high' } })).map((each) =>
      each.slice(0, 30),
    ),
  ).toEqual(['The namespace shop exists and ', 'could not be checked: etcd is ', 'The cluster has no PriorityCla'])
})
