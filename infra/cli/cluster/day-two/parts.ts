import { componentOf, type Pod } from '../objects.ts'
import type { Snapshot } from '../watch/snapshot.ts'

/** What keeps running, in the order in which it is told of. */
const LASTING = ['postgres', 'ollama', 'server', 'worker'] as const

/** What runs to its end. */
const PASSING = ['roles', 'migration', 'model', 'backup', 'restore-test'] as const

export const COMPONENTS: readonly string[] = [...LASTING, ...PASSING]

export const isLasting = (component: string) => LASTING.some((each) => each === component)

/** A component that keeps running. */
export interface ClusterPart {
  readonly name: string
  /** How many pods there should be; absent where somebody else decides, such as an operator. */
  readonly wanted?: number
  readonly pods: readonly Pod[]
}

/** The components that there are of those that keep running. */
export function partsOf({ pods, workloads }: Snapshot): ClusterPart[] {
  return LASTING.flatMap((name): ClusterPart[] => {
    const workload = workloads.find((each) => componentOf(each) === name)
    const own = podsOf(name, pods)
    if (workload === undefined && own.length === 0) return []
    return [{ name, ...(workload === undefined ? {} : { wanted: workload.spec.replicas ?? 1 }), pods: own }]
  })
}

export const podsOf = (component: string, pods: readonly Pod[]) => pods.filter((pod) => componentOf(pod) === component)

export const isReady = ({ metadata, status }: Pod) =>
  metadata.deletionTimestamp === undefined &&
  status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
