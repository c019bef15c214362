import { describe, expect, test } from 'vitest'
import { upgrade } from '../../../../infra/cli/commands/upgrade.ts'
import { planned as plannedOn, type Step } from '../../../../infra/kubernetes/cluster/majors.ts'
import { upgradeOnCluster } from '../../../../infra/kubernetes/cluster/upgrade.ts'
import { fakeTools } from '../../cli/fake-tools.ts'
import { settingsOf } from '../../mocked.ts'
import { fakeKubectl, labelsOf } from './fake-cluster.ts'

const NAMESPACE = '/api/v1/namespaces/shop'
const UP = 'npm run up'

const postgres = (image = 'pgvector/pgvector:pg17', annotations = {}) => ({
  metadata: { name: 'postgres', annotations },
  spec: {
    template: {
      metadata: { labels: { ...labelsOf('postgres'), team: 'search' } },
      spec: {
        initContainers: [{ name: 'mesh', image: 'mesh:1' }],
        containers: [
          {
            name: 'postgres',
            image,
            args: ['postgres', '-c', 'shared_buffers=128MB'],
            env: [{ name: 'PGDATA', value: '/data/pgdata' }],
            readinessProbe: {},
            volumeMounts: [
              { name: 'data', mountPath: '/data' },
              { name: 'wal', mountPath: '/wal' },
              { name: 'tmp', mountPath: '/tmp' },
            ],
          },
          { name: 'beside', image: 'mesh:1' },
        ],
        volumes: [{ name: 'data' }, { name: 'wal' }, { name: 'tmp' }],
      },
    },
  },
})

const KEPT = { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: {} } }
const CLAIM = { ...KEPT, volumeName: 'pv-1' }

const hindrance = (reason: string | undefined) => ({ reason, message: 'no such image' })

interface World {
  readonly image?: string
  /** The StatefulSet. Null if it does not exist. */
  readonly there?: object | null
  readonly kept?: string
  readonly values?: object
  /** Name of the Job that fails or, with `waiting`, cannot start. */
  readonly failing?: string
  /** Status of the Job's pod, if it failed. */
  readonly ended?: object
  readonly waiting?: string
}

function world({
  image = 'pgvector/pgvector:pg18',
  there = postgres(),
  kept,
  values,
  failing,
  ended: endedSo,
  waiting,
}: World = {}) {
  const settings = settingsOf('kubernetes', {
    name: 'shop',
    image: { reference: 'registry.example.com/codebase-mcp:1' },
    postgres: { image },
    ...values,
  })
  if (settings.target !== 'kubernetes') throw new Error('it is for Kubernetes')
  const made: { readonly metadata: { readonly name: string }; readonly spec: unknown }[] = []
  const abort = new AbortController()
  const { kubectl, done } = fakeKubectl({
    at: {
      '/apis/apps/v1/namespaces/shop/statefulsets/postgres': there ?? undefined,
      ...(kept === undefined
        ? {}
        : {
            [`${NAMESPACE}/persistentvolumeclaims/postgres-17`]: {
              metadata: { name: 'postgres-17', annotations: { 'codebase-mcp/upgrade': kept } },
            },
          }),
    },
    commands(args) {
      const words = args.join(' ')
      const isFailing = failing !== undefined && words.includes(failing)
      const waits = waiting !== undefined && isFailing
      const ended = [{ type: isFailing ? 'Failed' : 'Complete', status: 'True' }]
      const told: Readonly<Record<string, unknown>> = {
        'get job': { status: waits ? {} : { conditions: ended } },
        'get pods': {
          items: [{ status: endedSo ?? { containerStatuses: [{ state: { waiting: hindrance(waiting) } }] } }],
        },
        'get persistentvolumeclaim': { spec: CLAIM },
      }
      if (words.includes('--container next')) return 'FATAL:  could not open file'
      if (words.includes('--container empty')) return 'rm: read-only file system'
      if (words.startsWith('logs')) return 'Roles\n14 tables have the same number of rows as before'
      return JSON.stringify(told[args.slice(0, 2).join(' ')] ?? '')
    },
  })
  const command: typeof kubectl.command = async (args, pipes) => {
    for await (const text of pipes?.input ?? []) made.push(JSON.parse(String(text)))
    return kubectl.command(args)
  }
  const terminal = { note: () => {}, progress: () => {}, pause: async () => {} }
  const tools = { kubectl: { command }, terminal, signal: abort.signal }
  return { settings, kubectl, tools, done, made, abort }
}

const planned = (given: World) => {
  const { settings, kubectl } = world(given)
  return plannedOn(settings, kubectl, UP)
}

async function take(given: World, isResumed = false) {
  const here = world(given)
  const step: Step = { from: 17, to: 18, isResumed, postgres: postgres() }
  const upgraded = upgradeOnCluster(here.settings, step, here.tools)
  return { ...here, upgraded }
}

describe('an upgrade of Postgres on a cluster', () => {
  test('starts from the version of the image in the StatefulSet, or from that of an earlier upgrade', async () => {
    expect(await planned({})).toMatchObject({ from: 17, to: 18, isResumed: false })
    expect(await planned({ there: postgres('pgvector/pgvector:pg18') })).toBeUndefined()
    const upgraded = postgres('pgvector/pgvector:pg17', { 'codebase-mcp/postgres-data': '18' })
    expect(await planned({ there: upgraded })).toBeUndefined()
    expect(await planned({ kept: 'copied' })).toMatchObject({ isResumed: true })
  })

  test.each([
    ['there is none in the stack', { values: { database: { url: 'postgres://a:b@c/d' } } }, 'upgrade it where it runs'],
    ['none was created', { there: null }, 'There is no database yet: `npm run up` creates it'],
    ['the tag tells no version', { image: 'registry.example.com/postgres:ours' }, 'does not name a major version'],
    ['the image is older', { image: 'pgvector/pgvector:pg16' }, 'Postgres cannot downgrade data'],
    ['files of one before are kept', { kept: 'done' }, 'postgres-17 postgres-wal-17 are left from an earlier upgrade'],
  ])('is refused if %s', async (_, given, words) => {
    await expect(planned({ there: postgres(), ...given })).rejects.toThrow(words)
  })

  test('keeps the files, fills new ones, and annotates both with its progress', async () => {
    const { upgraded, done, made } = await take({})
    await upgraded
    expect(made.map(({ metadata }) => metadata.name)).toEqual([
      'postgres-17',
      'postgres-wal-17',
      'postgres-upgrade-keep',
      'postgres-upgrade-fill',
    ])
    expect(made[0]?.spec).toEqual(KEPT)
    const changes = done.filter((each) => /^(scale|annotate)/.test(each))
    expect(changes).toEqual([
      'scale statefulset/postgres --replicas=0',
      'annotate --overwrite persistentvolumeclaim postgres-17 postgres-wal-17 codebase-mcp/upgrade=copied',
      'annotate --overwrite statefulset/postgres codebase-mcp/postgres-data=18',
      'annotate --overwrite persistentvolumeclaim postgres-17 postgres-wal-17 codebase-mcp/upgrade=done',
    ])
  })

  test("runs both versions in a pod like the StatefulSet's, which no Service selects", async () => {
    const { upgraded, made } = await take({}, true)
    await upgraded
    expect(made).toHaveLength(1)
    const { template } = (made[0] as { spec: { template: { metadata: object; spec: PodSpec } } }).spec
    expect(template.metadata).toEqual({ labels: { team: 'search', 'app.kubernetes.io/part-of': 'codebase-mcp' } })
    const { initContainers, containers } = template.spec
    expect([...initContainers, ...containers].map(({ name, image }) => [name, image])).toEqual([
      ['empty', 'pgvector/pgvector:pg17'],
      ['next', 'pgvector/pgvector:pg18'],
      ['postgres', 'pgvector/pgvector:pg17'],
    ])
    const [former] = containers
    expect(former?.volumeMounts.map(({ name }) => name)).toEqual(['kept-data', 'kept-wal', 'tmp'])
    expect(former).not.toHaveProperty('readinessProbe')
  })

  test('restores the files if the new version cannot load them, and starts Postgres', async () => {
    const { upgraded, done, made } = await take({ failing: 'fill' })
    await expect(upgraded).rejects.toThrow('The Job postgres-upgrade-fill failed: Roles\n14 tables')
    expect(made.at(-1)?.metadata.name).toBe('postgres-upgrade-back')
    expect(done.slice(-4)).toEqual([
      'delete persistentvolumeclaim --ignore-not-found postgres-17 postgres-wal-17',
      'scale statefulset/postgres --replicas=1',
      'rollout status statefulset/postgres --timeout=5m',
      'rollout status deployment/server --timeout=5m',
    ])
  })

  test.each([
    [
      'of the new version where that did not become ready',
      { containerStatuses: [{ name: 'postgres', state: { terminated: { exitCode: 12 } } }] },
      'as before\nFATAL:  could not open file',
    ],
    [
      'of what ends first where that failed',
      {
        initContainerStatuses: [{ name: 'empty', state: { terminated: { exitCode: 1 } } }],
        containerStatuses: [{ name: 'postgres', state: { waiting: { reason: 'PodInitializing' } } }],
      },
      'rm: read-only file system',
    ],
  ])('shows the log %s', async (_, ended, log) => {
    const { upgraded } = await take({ failing: 'fill', ended })
    await expect(upgraded).rejects.toThrow(log)
  })

  test('does not touch the files if they were not copied yet', async () => {
    const { upgraded, made } = await take({ failing: 'keep' })
    await expect(upgraded).rejects.toThrow('postgres-upgrade-keep failed')
    expect(made.map(({ metadata }) => metadata.name)).not.toContain('postgres-upgrade-back')
  })

  test('does not wait for an image that cannot be pulled', async () => {
    const { upgraded } = await take({ failing: 'fill', waiting: 'ImagePullBackOff' })
    await expect(upgraded).rejects.toThrow('The pod of postgres-upgrade-fill cannot start: no such image')
  })

  test('is undone by an interruption', async () => {
    const { settings, tools, abort, done } = world()
    const step: Step = { from: 17, to: 18, isResumed: true, postgres: postgres() }
    abort.abort()
    await expect(upgradeOnCluster(settings, step, tools)).rejects.toThrow(
      'Interrupted: the database is unchanged and in use',
    )
    expect(done.slice(-3)).toEqual([
      'scale statefulset/postgres --replicas=1',
      'rollout status statefulset/postgres --timeout=5m',
      'rollout status deployment/server --timeout=5m',
    ])
  })
})

interface PodSpec {
  readonly initContainers: readonly Container[]
  readonly containers: readonly Container[]
}

interface Container {
  readonly name: string
  readonly image: string
  readonly volumeMounts: readonly { readonly name: string }[]
}

test('npm run upgrade touches nothing on a cluster before somebody agrees, and then brings the stack up', async () => {
  const { kubectl, done } = fakeKubectl({
    at: { '/apis/apps/v1/namespaces/shop/statefulsets/postgres': postgres() },
    commands: (args) => {
      if (args[1] === 'job') return '{"status":{"conditions":[{"type":"Complete","status":"True"}]}}'
      return args[0] === 'get' ? '{"spec":{}}' : ''
    },
  })
  const config = {
    'codebase-mcp:target': 'kubernetes',
    'codebase-mcp:name': 'shop',
    'codebase-mcp:kubernetes': '{"context":"production"}',
    'codebase-mcp:image.reference': 'registry.example.com/codebase-mcp:1',
    'codebase-mcp:postgres.image': 'pgvector/pgvector:pg18',
  }
  const { tools, printed, done: pulumi } = fakeTools({ config, kubectl })
  await expect(upgrade(tools, {})).rejects.toThrow('This upgrades the database of the stack dev from Postgres 17 to 18')
  expect(done).toEqual([])
  expect(await upgrade(tools, { yes: true })).toBe(0)
  expect(pulumi.at(-1)).toContain('up')
  expect(printed.at(-1)).toContain('delete persistentvolumeclaim postgres-17 postgres-wal-17')
})
