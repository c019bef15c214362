import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MODEL_SETTINGS, run } from '../docker/stack.ts'
import { answers, pathsOf, tokenOf } from './agent.ts'
import { clear, makeNamespace, makeStack, missing, publishImage, runJob, type Stack, until } from './cluster.ts'
import { type Repository, serveShop } from './repository.ts'

const reason = missing()
const NAME = 'codebase-placed'
/** Objects of the cluster itself that this test creates. */
const OUTSIDE = { label: 'codebase-test/pool', priorityClass: 'codebase-placed' }
const PARTS = ['server', 'worker', 'postgres', 'ollama', 'backup', 'jobs'] as const
const WORKER = 'app.kubernetes.io/component=worker'
/** Prints the names of the complete clones on the volume that is mounted there. */
const CLONES =
  "console.log(JSON.stringify(fs.readdirSync('/clones').filter((name) => fs.existsSync('/clones/' + name + '/HEAD'))))"
/** Stops the worker, so that its container restarts. Its process need not be the first of the pod. */
const STOP = String.raw`for (const id of fs.readdirSync('/proc').filter(Number)) {
  const words = fs.readFileSync('/proc/' + id + '/cmdline', 'utf8')
  if (words.endsWith('/app/main.js\0worker\0')) process.kill(id)
}`
const QUESTION = 'where are callers limited'

/** Settings for all pods. */
const ALL = {
  labels: { owner: 'search' },
  annotations: { 'example.com/ticket': 'OPS-1' },
  podLabels: { 'cost-center': '4711' },
  podAnnotations: { 'example.com/scrape': 'never' },
  nodeSelector: { [OUTSIDE.label]: 'general' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'code', effect: 'NoSchedule' }],
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1,
          preference: { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] },
        },
      ],
    },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { owner: 'search' } },
    },
  ],
  hostAliases: [{ ip: '192.0.2.77', hostnames: ['legacy.example.com'] }],
  dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
  supplementalGroups: [5555],
  imagePullPolicy: 'IfNotPresent',
  priorityClass: OUTSIDE.priorityClass,
  schedulerName: 'default-scheduler',
  serviceAccount: { name: 'code', annotations: { 'example.com/role': 'reader' } },
  pullSecrets: ['registry', 'mirror'],
}

/** Additions to the pods of a part. They run Node, because the image contains no other program. */
const contentsOf = (part: string, image: string) => {
  const disk = { 'ephemeral-storage': '16Mi' }
  const limits = {
    resources: { requests: { cpu: '10m', memory: '32Mi', ...disk }, limits: { memory: '128Mi', ...disk } },
  }
  const closed = {
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
  }
  const node = (name: string, script: string) => ({
    name,
    image,
    command: ['/usr/local/bin/node', '-e', script],
    ...limits,
    ...closed,
  })
  const probe = { exec: { command: ['/usr/local/bin/node', '-e', '0'] }, periodSeconds: 60, timeoutSeconds: 20 }
  const probes = { readinessProbe: probe, livenessProbe: probe }
  const rest = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)"
  return {
    podAnnotations: { 'example.com/part': part },
    env: {
      TEAM: { configMapKeyRef: { name: 'team', key: 'name' } },
      TRACE_KEY: { secretKeyRef: { name: 'tracing', key: 'token' } },
      TEAM_PART: part,
    },
    volumes: [{ name: 'team', configMap: { name: 'team' } }],
    volumeMounts: [{ name: 'team', mountPath: '/etc/team', readOnly: true }],
    containers: [{ ...node('beside', rest), ...probes }],
    initContainers: [node('before', 'process.exit(0)'), { ...node('mesh', rest), ...probes, restartPolicy: 'Always' }],
  }
}

interface PodList {
  readonly items: readonly Pod[]
}

interface Pod {
  readonly metadata: {
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly spec: Readonly<Record<string, unknown>> & { readonly containers: readonly { readonly name: string }[] }
  readonly status: { readonly phase: string }
}

describe.skipIf(reason !== undefined)('a stack on a cluster with every setting for pods', () => {
  let repository: Repository
  let stack: Stack

  beforeAll(async () => {
    await clear(NAME)
    await makeNamespace(NAME)
    repository = await serveShop()
    const image = await publishImage('e2e')
    await run('kubectl', ['label', 'nodes', '--all', '--overwrite', `${OUTSIDE.label}=general`])
    await run('kubectl', ['create', 'priorityclass', OUTSIDE.priorityClass, '--value=1', '--preemption-policy=Never'])
    const parts = Object.fromEntries(PARTS.map((part) => [part, contentsOf(part, image)]))
    const sizes = { cpus: 0.1, memory: 512 }
    stack = makeStack(NAME, image, {
      repositories: [repository.url],
      git: { pollInterval: 5 },
      kubernetes: {
        ...ALL,
        namespace: NAME,
        createNamespace: false,
        patches: [{ target: { kind: 'Deployment', name: 'server' }, patch: { spec: { revisionHistoryLimit: 3 } } }],
        extraObjects: [
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'team-extra' }, data: { motd: 'hello' } },
        ],
      },
      ...parts,
      server: { ...sizes, replicas: 2, serviceAnnotations: { 'example.com/service': 'yes' }, ...parts.server },
      worker: { ...sizes, memory: 768, replicas: 1, clones: '1Gi', clonesClaim: true, ...parts.worker },
      postgres: { ...sizes, storage: '1Gi', walStorage: '1Gi', ...parts.postgres },
      ollama: { ...MODEL_SETTINGS, ...sizes, memory: 1024, storage: '1Gi', ...parts.ollama },
      backup: { storage: '1Gi', ...parts.backup },
    })
    const key = { auths: { 'registry.example.com': { auth: btoa('reader:reader') } } }
    for (const name of ALL.pullSecrets) {
      const data = { '.dockerconfigjson': btoa(JSON.stringify(key)) }
      await stack.apply({
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/dockerconfigjson',
        metadata: { name },
        data,
      })
    }
    await stack.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'team' }, data: { name: 'search' } })
    await stack.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tracing' }, stringData: { token: 'abc' } })
  })

  afterAll(async () => {
    await stack?.remove()
    await repository?.close()
    await run('kubectl', ['delete', 'priorityclass', OUTSIDE.priorityClass, '--ignore-not-found'])
    await run('kubectl', ['label', 'nodes', '--all', `${OUTSIDE.label}-`])
  })

  const inWorker = (script: string) =>
    stack.kubectl('exec', 'deployment/worker', '--container', 'worker', '--', '/usr/local/bin/node', '-e', script)
  /** Returns the names of the clones on the worker's volume once none is in use. */
  const clones = () =>
    until(
      async () => JSON.parse(await inWorker(CLONES)) as string[],
      (names) => names.length > 0 && names.every((name) => !name.includes('.')),
    )

  /** Returns the claim that Kubernetes names for the only worker's pod and its volume. */
  async function claimOfWorker() {
    const name = await stack.kubectl(
      'get',
      'pods',
      '--selector',
      WORKER,
      '--output',
      'jsonpath={.items[*].metadata.name}',
    )
    const fields = 'jsonpath={.metadata.name} {.metadata.uid} {.status.phase} {.status.capacity.storage}'
    const [claim = '', uid, phase, size] = (await stack.kubectl('get', `pvc/${name}-clones`, '--output', fields)).split(
      ' ',
    )
    return { name: claim, uid, phase, size }
  }

  const pods = async () => (JSON.parse(await stack.kubectl('get', 'pods', '--output', 'json')) as PodList).items

  test('is admitted and comes up', async () => {
    const { exitCode, output } = await stack.up()
    expect(exitCode, output).toBe(0)
    const all = await answers(NAME, await tokenOf(stack), [QUESTION])
    expect(pathsOf(all.get(QUESTION))[0]).toBe('src/rate-limit.ts')
  })

  test('keeps clones on a volume that each worker claims', async () => {
    const first = await claimOfWorker()
    expect(first).toMatchObject({ phase: 'Bound', size: '1Gi' })
    const cloned = await clones()
    expect(cloned).toHaveLength(1)

    await inWorker(STOP)
    const restarts = 'jsonpath={.items[0].status.containerStatuses[?(@.name=="worker")].restartCount}'
    await until(
      () => stack.kubectl('get', 'pods', '--selector', WORKER, '--output', restarts),
      (count) => count === '1',
    )
    await stack.kubectl('wait', '--for=condition=Ready', 'pods', '--selector', WORKER, '--timeout=120s')
    expect(await claimOfWorker()).toEqual(first)
    expect(await clones()).toEqual(cloned)

    await stack.kubectl('delete', 'pods', '--selector', WORKER, '--timeout=120s')
    await stack.kubectl('rollout', 'status', 'deployment/worker', '--timeout=120s')
    await until(
      () => stack.kubectl('get', 'pvc', '--output', 'name'),
      (names) => !names.includes(first.name),
    )
    expect(await claimOfWorker()).toMatchObject({ phase: 'Bound', size: '1Gi' })
    repository.commit('src/refund.ts', 'export const refundOrder = (order: Order) => ledger.reverse(order)\n')
    const found = async () => pathsOf((await answers(NAME, await tokenOf(stack), ['refundOrder'])).get('refundOrder'))
    await until(found, (paths) => paths[0] === 'src/refund.ts')
    expect(await clones()).toEqual(cloned)
  })

  test('creates backups by Jobs that end although some of their containers do not', async () => {
    await runJob(stack, 'backup')
    await runJob(stack, 'restore-test')
    const succeeded = 'jsonpath={.items[?(@.status.succeeded==1)].metadata.name}'
    const jobs = await stack.kubectl('get', 'jobs', '--output', succeeded)
    expect(jobs.split(' ')).toEqual(expect.arrayContaining(['backup-now', 'restore-test-now']))
  })

  test('applies the settings for all pods to each pod', async () => {
    const all = await pods()
    expect(new Set(all.map(({ metadata }) => metadata.labels['app.kubernetes.io/component']))).toEqual(
      new Set(['server', 'worker', 'postgres', 'ollama', 'roles', 'migration', 'model', 'backup', 'restore-test']),
    )
    for (const { metadata, spec } of all) {
      expect(metadata.labels, metadata.name).toMatchObject({ owner: 'search', 'cost-center': '4711' })
      expect(metadata.annotations, metadata.name).toMatchObject(ALL.podAnnotations)
      expect(spec, metadata.name).toMatchObject({
        nodeSelector: ALL.nodeSelector,
        tolerations: expect.arrayContaining([expect.objectContaining(ALL.tolerations[0] ?? {})]),
        affinity: { nodeAffinity: ALL.affinity.nodeAffinity },
        hostAliases: ALL.hostAliases,
        dnsConfig: ALL.dnsConfig,
        priorityClassName: OUTSIDE.priorityClass,
        schedulerName: 'default-scheduler',
        serviceAccountName: 'code',
        automountServiceAccountToken: false,
        imagePullSecrets: ALL.pullSecrets.map((name) => ({ name })),
        securityContext: { supplementalGroups: [5555] },
      })
    }
  })

  test('applies the settings of a part to each of its pods', async () => {
    const of: Readonly<Record<string, string>> = {
      roles: 'jobs',
      migration: 'jobs',
      model: 'jobs',
      'restore-test': 'backup',
    }
    for (const { metadata, spec } of await pods()) {
      const component = metadata.labels['app.kubernetes.io/component'] ?? ''
      const part = of[component] ?? component
      expect(metadata.annotations['example.com/part'], metadata.name).toBe(part)
      const { containers, initContainers = [] } = spec as unknown as Readonly<Record<string, readonly Container[]>>
      const names = [...(containers ?? []), ...initContainers].map(({ name }) => name)
      expect(names, metadata.name).toEqual(expect.arrayContaining(['beside', 'before', 'mesh']))
      const own = [...(containers ?? []), ...initContainers].filter(({ name }) => !ADDED.includes(name))
      expect(own.length, metadata.name).toBeGreaterThan(0)
      for (const { name, env, volumeMounts } of own) {
        const variables = expect.arrayContaining([expect.objectContaining({ name: 'TEAM_PART', value: part })])
        expect(env, `${metadata.name}/${name}`).toEqual(variables)
        expect(volumeMounts, `${metadata.name}/${name}`).toContainEqual(
          expect.objectContaining({ name: 'team', mountPath: '/etc/team' }),
        )
      }
    }
  })

  test('exposes existing Secrets and ConfigMaps to a container', async () => {
    const print =
      "console.log(process.env.TEAM, process.env.TRACE_KEY, require('fs').readFileSync('/etc/team/name', 'utf8'))"
    const exec = ['exec', 'deployment/server', '--container', 'serve', '--', '/usr/local/bin/node', '-e', print]
    expect(await stack.kubectl(...exec)).toBe('search abc search')
  })

  test('has labels and annotations on every object, its patch and its extra object', async () => {
    const kinds =
      'deployments,statefulsets,services,cronjobs,pvc,networkpolicies,pdb,serviceaccounts,configmaps,secrets'
    const select = ['--selector', `app.kubernetes.io/instance=${NAME}`]
    const { items } = JSON.parse(await stack.kubectl('get', kinds, ...select, '--output', 'json')) as PodList
    expect(items.length).toBeGreaterThan(20)
    for (const { metadata } of items) {
      expect(metadata.labels, metadata.name).toMatchObject(ALL.labels)
      expect(metadata.annotations, metadata.name).toMatchObject(ALL.annotations)
    }
    const limit = await stack.kubectl('get', 'deployment/server', '--output', 'jsonpath={.spec.revisionHistoryLimit}')
    expect(limit).toBe('3')
    expect(await stack.kubectl('get', 'configmap/team-extra', '--output', 'jsonpath={.data.motd}')).toBe('hello')
    const role = String.raw`jsonpath={.metadata.annotations.example\.com/role}`
    expect(await stack.kubectl('get', 'serviceaccount/code', '--output', role)).toBe('reader')
  })

  test('has no changes afterwards', async () => {
    const { exitCode, output } = await stack.npm('preview', '--expect-no-changes')
    expect(exitCode, output).toBe(0)
  })
})

const ADDED: readonly string[] = ['beside', 'before', 'mesh']

interface Container {
  readonly name: string
  readonly env?: readonly object[]
  readonly volumeMounts?: readonly object[]
}
