import { isDatabaseCluster, podCountOf } from '../../plan/demand.ts'
import { nameOf, partOf } from '../../plan/kinds.ts'
import { ENDING, kindOf, podOf } from '../../policy/pods.ts'
import type { Properties, Subject } from '../../policy/policy.ts'
import { inWords, listedObjects, under } from '../../policy/properties.ts'
import { amountOf } from '../../settings/kinds.ts'

/** Amounts by name of a resource. */
export type Amounts = Readonly<Record<string, number>>

export interface Container {
  readonly name: string
  readonly requests: Amounts
  readonly limits: Amounts
  /** How it runs: with the pod, or before the others and to its end. */
  readonly runs: 'beside' | 'before'
}

/** Pods of a workload, which are all alike. */
export interface Workload {
  readonly kind: string
  readonly part: string
  readonly pods: number
  /** Pods that an update starts before it stops others. */
  readonly surge: number
  readonly priorityClass: unknown
  /** Whether the pods have a deadline. */
  readonly isTerminating: boolean
  readonly containers: readonly Container[]
}

export const isEnding = ({ kind }: Workload) => ENDING.has(kind)

/** Returns the workloads among resources, including the instances of CloudNativePG. */
export function workloadsOf(resources: readonly Subject[]): Workload[] {
  return resources.flatMap((resource) => {
    const instances = instancesOf(resource)
    if (instances !== undefined) return [instances]
    const pod = podOf(resource)
    if (pod === undefined) return []
    const kind = kindOf(resource) ?? ''
    const { pods } = podCountOf(resource, resources)
    return [
      {
        kind,
        part: ENDING.has(kind) ? nameOf(resource) : partOf(resource),
        pods,
        surge: surgeOf(resource, pods),
        priorityClass: pod.spec.priorityClassName,
        isTerminating: pod.spec.activeDeadlineSeconds !== undefined,
        containers: containersOf(pod.spec),
      },
    ]
  })
}

function instancesOf(resource: Subject): Workload | undefined {
  if (!isDatabaseCluster(resource.type)) return undefined
  const { instances = 1, resources, priorityClassName } = under(resource.inputs, 'spec')
  const postgres = containerOf({ name: 'postgres', resources }, 'beside')
  return {
    kind: 'Cluster',
    part: partOf(resource),
    pods: Number(instances),
    surge: 0,
    priorityClass: priorityClassName,
    isTerminating: false,
    containers: [postgres],
  }
}

function surgeOf({ type, inputs }: Subject, pods: number): number {
  const strategy = under(inputs, 'spec', 'strategy')
  if (!type.endsWith(':Deployment') || strategy.type === 'Recreate') return 0
  const { maxSurge = '25%' } = under(strategy, 'rollingUpdate')
  const [, percent] = /^(\d+)%$/.exec(String(maxSurge)) ?? []
  return pods === 0 ? 0 : percent === undefined ? Number(maxSurge) : Math.ceil((pods * Number(percent)) / 100)
}

const containersOf = (spec: Properties): Container[] => [
  ...listedObjects(spec, 'initContainers').map((each) =>
    containerOf(each, each.restartPolicy === 'Always' ? 'beside' : 'before'),
  ),
  ...listedObjects(spec, 'containers').map((each) => containerOf(each, 'beside')),
]

function containerOf(container: Properties, runs: Container['runs']): Container {
  const [requests, limits] = ['requests', 'limits'].map((key) => amountsOf(under(container, 'resources', key)))
  // The API server takes the limit as the request if there is none.
  return { name: inWords(container.name), requests: { ...limits, ...requests }, limits: limits ?? {}, runs }
}

export const amountsOf = (quantities: Properties): Amounts =>
  Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, amountOf(quantity)]))

/** Returns what a pod takes: the sum of the containers that run together, or more if one before them takes more. */
export function takenBy(containers: readonly Container[], of: (container: Container) => number): number {
  const beside = containers.filter(({ runs }) => runs === 'beside').reduce((sum, each) => sum + of(each), 0)
  return Math.max(beside, ...containers.filter(({ runs }) => runs === 'before').map(of))
}
