import { defined } from '../../fields.ts'
import { componentOf, type Pod } from '../../kubernetes/cluster/objects.ts'
import type { Snapshot } from '../../kubernetes/cluster/snapshot.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import type { Instance, Part } from '../target.ts'

/** Long-running components, in display order. */
const LASTING = ['postgres', 'ollama', 'server', 'worker'] as const

/** Components that run to completion. */
const PASSING = ['roles', 'migration', 'model', 'backup', 'restore-test'] as const

export const COMPONENTS: readonly string[] = [...LASTING, ...PASSING]

export const isLasting = (component: string) => LASTING.some((each) => each === component)

/** Returns the long-running components that exist. @param url of the server */
export function partsOf({ pods, workloads }: Snapshot, { database, running }: KubernetesSettings, url: string): Part[] {
  return LASTING.flatMap((name): Part[] => {
    const workload = workloads.find((each) => componentOf(each) === name)
    const instances = podsOf(name, pods).map(instanceOf)
    if (workload === undefined && instances.length === 0) return []
    // The pods of CloudNativePG belong to its Cluster instead of a workload.
    const ofCluster = name === 'postgres' && running ? database.cnpg?.instances : undefined
    const wanted = workload === undefined ? ofCluster : (workload.spec.replicas ?? 1)
    return [{ name, ...defined({ wanted }), instances, ...(name === 'server' ? { url } : {}) }]
  })
}

export const podsOf = (component: string, pods: readonly Pod[]) => pods.filter((pod) => componentOf(pod) === component)

export const isReady = ({ metadata, status }: Pod) =>
  metadata.deletionTimestamp === undefined &&
  status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true

function instanceOf(pod: Pod): Instance {
  const { metadata, spec, status } = pod
  const containers = status.containerStatuses ?? []
  const terminated = containers.flatMap(({ lastState }) => lastState?.terminated ?? []).at(-1)
  return {
    id: metadata.name,
    state: isReady(pod) ? 'ready' : (stageOf(pod) ?? status.phase.toLowerCase()),
    isReady: isReady(pod),
    isRunning: isReady(pod),
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    image: spec.containers[0]?.image ?? '',
    ...defined({ since: status.startTime, ended: terminated && endOf(terminated) }),
  }
}

function endOf({ reason = 'Error', exitCode, finishedAt }: { reason?: string; exitCode: number; finishedAt?: string }) {
  return { reason, exitCode, ...defined({ at: finishedAt }) }
}

/** Names of the Pulumi resources that wait for each component. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  server: ['server-pods'],
  worker: ['worker-pods'],
  postgres: ['postgres-pods'],
  ollama: ['ollama-pods'],
  migration: ['migration-job'],
  model: ['model-job'],
  roles: ['make-roles-job', 'retire-roles-job'],
}

/** Returns the state of the pods that Pulumi may be waiting for, by resource name. */
export function waitingFor({ pods }: Snapshot): ReadonlyMap<string, string> {
  const current = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const told = Object.entries(RESOURCES).flatMap(([component, names]) => {
    const own = podsOf(component, current)
    const open = own.map(stageOf).filter((stage) => stage !== undefined)
    const [first] = open
    if (first === undefined) return []
    const count = own.length > 1 ? `${own.length - open.length} of ${own.length} pods are ready, ` : ''
    return names.map((name) => [name, `${count}${first}`] as const)
  })
  return new Map(told)
}

/** Returns the startup stage of a pod. Undefined if the pod is ready or has ended. */
function stageOf({ status }: Pod): string | undefined {
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return undefined
  const place = status.conditions?.find(({ type }) => type === 'PodScheduled')
  if (place?.status === 'False') return `cannot be scheduled: ${place.message}`
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  const waiting = statuses.map(({ state }) => state?.waiting?.reason).find((reason) => reason !== undefined)
  if (waiting !== undefined) return WORDS[waiting] ?? waiting
  return status.containerStatuses?.every(({ ready }) => ready) ? undefined : 'started, not ready yet'
}

const WORDS: Readonly<Record<string, string>> = {
  ContainerCreating: 'pulling the image and attaching volumes',
  PodInitializing: 'running init containers',
}
