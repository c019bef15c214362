import { describe, expect, test } from 'vitest'
import { kubernetesTarget } from '../../../../infra/cli/kubernetes/target.ts'
import { troubleshooter } from '../../../../infra/cli/operation.ts'
import type { KubeObject } from '../../../../infra/kubernetes/cluster/objects.ts'
import { deployment, event, fakeKubectl, labelsOf, NOW, pod } from '../../kubernetes/cluster/fake-cluster.ts'
import { settingsOf } from '../../mocked.ts'
import { fakeTools } from '../fake-tools.ts'

type Given = NonNullable<Parameters<typeof fakeKubectl>[0]>

const SETTINGS = settingsOf('kubernetes', {
  name: 'shop',
  kubernetes: { context: 'production' },
  image: { reference: 'x:1' },
})

/**
 * Looks for troubles `times` times. Returns the messages printed and the explanations of resources that Pulumi waits
 * for.
 */
async function told(given: Given, times = 1) {
  const heard: Record<string, string> = {}
  const { tools, printed } = fakeTools()
  const look = troubleshooter(kubernetesTarget(SETTINGS, tools, fakeKubectl(given).kubectl), tools.terminal)
  for (let time = 0; time < times; time++) {
    await look({ hear: (name, words) => void Object.assign(heard, { [name]: words }) })
  }
  return { printed: printed.map((text) => text.trim()), heard }
}

const job = (name: string, status: object = {}, at = '2026-11-21T11:00:00Z'): KubeObject & { status: object } => ({
  kind: 'Job',
  metadata: { name, labels: labelsOf('migration'), creationTimestamp: at },
  status,
})

const ofJob = (name: string, facts: Parameters<typeof pod>[1]) => {
  const made = pod('migration', facts)
  const labels = { ...made.metadata.labels, 'batch.kubernetes.io/job-name': name }
  return { ...made, metadata: { ...made.metadata, name: `${name}-x`, labels } }
}

const FAILED = {
  phase: 'Failed',
  ready: false,
  container: { state: { terminated: { exitCode: 1, reason: 'Error' } } },
} as const
const LOGS = { 'm1-x/main': [{ time: '1', text: 'relation "x" is there already' }] }

describe('the CLI, while it waits,', () => {
  test('reports nothing about healthy and starting pods', async () => {
    const creating = pod('server', {
      phase: 'Pending',
      ready: false,
      container: { state: { waiting: { reason: 'ContainerCreating' } } },
    })
    expect(await told({ objects: [pod('postgres'), creating] })).toEqual({
      printed: [],
      heard: { 'server-pods': 'pulling the image and attaching volumes' },
    })
  })

  test('reports once that a pod cannot be scheduled, with the settings of its requests', async () => {
    const words = '0/3 nodes are available: 3 Insufficient memory.'
    const { printed, heard } = await told({ objects: [pod('ollama', { homeless: words })] }, 3)
    expect(printed).toEqual([
      `ollama-1 cannot be scheduled: ${words}.\n  Lower codebase-mcp:ollama.cpus or memory, correct codebase-mcp:ollama.nodeSelector, or add a node on which it fits.`,
    ])
    expect(heard).toEqual({ 'ollama-pods': `cannot be scheduled: ${words}` })
  })

  test("reports that an image cannot be pulled, with the registry's message", async () => {
    const message =
      'Back-off pulling image "r.example.com/a:1": ErrImagePull: failed to pull and unpack image "r.example.com/a:1": failed to resolve reference "r.example.com/a:1": unexpected status: 401 Unauthorized'
    const container = { state: { waiting: { reason: 'ImagePullBackOff', message } } }
    const waiting = { phase: 'Pending', ready: false, container } as const
    expect((await told({ objects: [pod('server', waiting)] })).printed).toEqual([
      `The image server:1 of server cannot be pulled: ${message}.\n  Correct codebase-mcp:image.reference, push the image, or, if the registry requires a login, set codebase-mcp:kubernetes.pullSecret.`,
    ])
  })

  test('reports the event of a pull if the pod itself only waits', async () => {
    const container = {
      state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "postgres:1"' } },
    }
    const events = [event('Pod', 'postgres-1', 'Failed', 'Failed to pull image "postgres:1": no such host')]
    const [first] = (await told({ objects: [pod('postgres', { phase: 'Pending', ready: false, container })], events }))
      .printed
    expect(first).toContain('no such host.\n  Correct codebase-mcp:postgres.image')
  })

  test('reports a container that keeps failing, with its last lines', async () => {
    const terminated = { exitCode: 137, reason: 'OOMKilled' }
    const container = {
      ready: false,
      restartCount: 4,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated },
    }
    const logs = {
      'server-1/main': [
        { time: '1', text: 'first' },
        { time: '2', text: 'last' },
      ],
    }
    expect((await told({ objects: [pod('server', { ready: false, container })], logs })).printed).toEqual([
      'server-1 has failed (out of memory, restarts: 4). Its last lines:\n  first\n  last\n  Raise codebase-mcp:server.memory.',
    ])
  })

  test('reports a failed Job, but not one that succeeded on retry or was created again', async () => {
    const failed = { conditions: [{ type: 'Failed', status: 'True' }] }
    const { printed } = await told({ objects: [job('m1', failed), ofJob('m1', FAILED)], logs: LOGS })
    expect(printed).toEqual([
      'm1-x has failed (exit code 1). Its last lines:\n  relation "x" is there already\n  Correct what its log reports; the next `npm run up` runs it again.',
    ])
    expect((await told({ objects: [job('m1', { succeeded: 1 }), ofJob('m1', FAILED)] })).printed).toEqual([])
    const later = job('m2', {}, '2026-11-21T11:30:00Z')
    expect((await told({ objects: [job('m1', failed), ofJob('m1', FAILED), later] })).printed).toEqual([])
  })

  test('shows the progress of a Job that is being retried', async () => {
    const [first] = (await told({ objects: [job('m1'), ofJob('m1', FAILED)] })).printed
    expect(first).toContain('The log of m1-x/main cannot be read')
    expect(first).toContain('Kubernetes retries it')
  })

  test('reports a Secret that a pod waits for', async () => {
    const message = 'MountVolume.SetUp failed for volume "git" : secret "g" not found'
    const mount = event('Pod', 'worker-1', 'FailedMount', message)
    const events = [{ ...mount, count: 3 }]
    const waiting = {
      phase: 'Pending',
      ready: false,
      container: { state: { waiting: { reason: 'ContainerCreating' } } },
    } as const
    expect((await told({ objects: [pod('worker', waiting)], events })).printed).toEqual([
      `worker-1 waits for a volume: ${message}.\n  Create what the message names.`,
    ])
    // A single event only means that the volume is created a moment later.
    expect((await told({ objects: [pod('worker', waiting)], events: [mount] })).printed).toEqual([])
  })

  test('reports a volume that nothing provisions', async () => {
    const claim = {
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'postgres', labels: labelsOf('postgres') },
      spec: {},
      status: { phase: 'Pending' },
    }
    const events = [
      event('PersistentVolumeClaim', 'postgres', 'ProvisioningFailed', 'no space left'),
      event('PersistentVolumeClaim', 'other', 'ProvisioningFailed', 'not ours'),
    ]
    expect((await told({ objects: [claim], events })).printed).toEqual([
      'The claim postgres has no volume: no space left.\n  Correct codebase-mcp:kubernetes.storageClass and the sizes, or the provisioner of the cluster.',
    ])
  })

  test('reports refused pods once for all of their names, and none of an earlier run', async () => {
    const refused = (name: string, at?: Date) =>
      event(
        'ReplicaSet',
        'server-57559b4b98',
        'FailedCreate',
        `Error creating: pods "${name}" is forbidden: exceeded quota: team, used: pods=4`,
        at,
      )
    const combined = event(
      'ReplicaSet',
      'server-57559b4b98',
      'FailedCreate',
      '(combined from similar events): Error creating: pods "c" is forbidden: exceeded quota: team, used: pods=5',
    )
    const events = [refused('a'), refused('b'), combined, event('ReplicaSet', 'shopping-1', 'FailedCreate', 'not ours')]
    const objects = [deployment('server')]
    const { printed } = await told({ objects, events })
    expect(printed).toHaveLength(1)
    expect(printed[0]).toMatch(
      /^The pods of server are rejected: .*exceeded quota: team.*\n {2}Correct what the message names: raise a quota/,
    )
    const before = new Date(NOW.getTime() - 3_600_000)
    expect((await told({ objects, events: [refused('a', before)] })).printed).toEqual([])
  })

  test('does not report that a pod waits for its volume in the first seconds', async () => {
    const claim = {
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'postgres', labels: labelsOf('postgres') },
      spec: {},
      status: { phase: 'Pending' },
    }
    const objects = [claim, pod('postgres', { homeless: 'pod has unbound immediate PersistentVolumeClaims' })]
    expect((await told({ objects })).printed).toEqual([])
  })
})
