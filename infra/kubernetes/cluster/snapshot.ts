import type { Kubectl } from './kubectl.ts'
import {
  type Claim,
  type Job,
  type KubeEvent,
  type KubeObject,
  type Pod,
  selectorOf,
  type Workload,
} from './objects.ts'

/** Objects of a stack at one point in time. */
export interface Snapshot {
  readonly pods: readonly Pod[]
  readonly claims: readonly Claim[]
  /** Deployments and StatefulSets. */
  readonly workloads: readonly Workload[]
  readonly jobs: readonly Job[]
  /** All events of the namespace. */
  readonly events: readonly KubeEvent[]
}

const KINDS = ['pods', 'persistentvolumeclaims', 'deployments.apps', 'statefulsets.apps', 'jobs.batch']

/** Lists the objects of a stack. @param stack name of the stack @throws Refused */
export async function takeSnapshot(stack: string, kubectl: Pick<Kubectl, 'list'>): Promise<Snapshot> {
  const [objects, events] = await Promise.all([
    kubectl.list<KubeObject>(KINDS, selectorOf(stack)),
    kubectl.list<KubeEvent>(['events']),
  ])
  const ofKind = <Item extends KubeObject>(...kinds: string[]) =>
    objects.filter(({ kind = '' }) => kinds.includes(kind)) as readonly KubeObject[] as readonly Item[]
  return {
    pods: ofKind<Pod>('Pod'),
    claims: ofKind<Claim>('PersistentVolumeClaim'),
    workloads: ofKind<Workload>('Deployment', 'StatefulSet'),
    jobs: ofKind<Job>('Job'),
    events,
  }
}
