import { kindOf as kubernetesKindOf, type Pod, podOf } from '../policy/pods.ts'
import type { Properties, Subject } from '../policy/policy.ts'
import { inWords, listedObjects, under } from '../policy/properties.ts'
import { amountOf, MIB } from '../settings/kinds.ts'
import { nameOf, partOf } from './kinds.ts'

/** Resource requests of each pod or container of a resource. */
export interface Demand {
  /** Kind of the resource, such as Deployment. */
  readonly kind: string
  /** Component of the resource, or else its name. */
  readonly part: string
  /** Minimum number of pods. */
  readonly pods: number
  /** Maximum number of pods, which differs from `pods` if an autoscaler is used. */
  readonly mostPods: number
  readonly cpus: number
  /** Size in bytes. */
  readonly memory: number
  /** Ephemeral storage on the node, in bytes. */
  readonly disk: number
  /** Extended resources by name, such as nvidia.com/gpu. */
  readonly devices: Readonly<Record<string, number>>
  readonly nodeSelector: Properties
}

/** Volumes that a resource claims: `count` volumes of the same size. */
export interface Claimed {
  readonly name: string
  /** Cluster whose operator creates the claim for each instance, under names that only the operator knows. */
  readonly ofCluster?: { readonly name: string; readonly key: 'storage' | 'walStorage' }
  readonly count: number
  /** Size in bytes. */
  readonly size: number
  readonly storageClass?: string
}

const LASTING = ['Deployment', 'StatefulSet', 'DaemonSet', 'Pod', 'Cluster', 'Container']

/** Whether the pods run indefinitely. */
export const isLasting = ({ kind }: Demand) => LASTING.includes(kind)

/** Returns the requests of each resource: those of its pods on Kubernetes, the limits of its container on Docker. */
export function demandsOf(resources: readonly Subject[]): Demand[] {
  return resources.flatMap((resource) => {
    const demand = ofContainer(resource) ?? ofCluster(resource) ?? ofPods(resource, resources)
    return demand === undefined ? [] : [demand]
  })
}

function ofContainer(resource: Subject): Demand | undefined {
  const { type, inputs } = resource
  const { memory, cpus = 0, mustRun } = inputs
  if (type !== 'docker:index/container:Container' || typeof memory !== 'number' || mustRun === false) return undefined
  const limits = { cpus: Number(cpus), memory: memory * MIB, disk: 0 }
  return { kind: 'Container', part: partOf(resource), pods: 1, mostPods: 1, ...NOWHERE, ...limits }
}

const NOWHERE = { devices: {}, nodeSelector: {} }

/** Requests of a CloudNativePG cluster. */
function ofCluster(resource: Subject): Demand | undefined {
  const { type, inputs } = resource
  if (!isDatabaseCluster(type)) return undefined
  const { instances = 1, resources } = under(inputs, 'spec')
  const pods = Number(instances)
  const requests = requestsOf({ resources })
  return {
    kind: 'Cluster',
    part: partOf(resource),
    pods,
    mostPods: pods,
    ...NOWHERE,
    ...requests,
  }
}

export const isDatabaseCluster = (type: string) => /^kubernetes:postgresql\.cnpg\.io\/.*:Cluster$/.test(type)

function ofPods(resource: Subject, resources: readonly Subject[]): Demand | undefined {
  const [pod, kind] = [podOf(resource), kubernetesKindOf(resource)]
  if (pod === undefined || kind === undefined) return undefined
  return {
    kind,
    part: partOf(resource),
    ...podCountOf(resource, resources),
    nodeSelector: under(pod.spec, 'nodeSelector'),
    ...requestsOfPod(pod),
  }
}

/** Returns the numbers of pods of a workload. */
export function podCountOf(resource: Subject, resources: readonly Subject[]): Pick<Demand, 'pods' | 'mostPods'> {
  const { minReplicas = 1, maxReplicas } = autoscalerOf(resource, resources)
  const { replicas = minReplicas, suspend } = under(resource.inputs, 'spec')
  const pods = suspend === true ? 0 : Number(replicas)
  return { pods, mostPods: Math.max(pods, Number(maxReplicas ?? pods)) }
}

/** Returns the replica bounds of the HPA or ScaledObject of a workload. */
function autoscalerOf(resource: Subject, resources: readonly Subject[]): Properties {
  const found = resources.find(
    ({ type, inputs }) =>
      /:(HorizontalPodAutoscaler|ScaledObject)$/.test(type) &&
      under(inputs, 'spec', 'scaleTargetRef').name === under(resource.inputs, 'metadata').name &&
      under(inputs, 'spec', 'scaleTargetRef').kind === kubernetesKindOf(resource),
  )
  return found === undefined ? {} : replicasOf(found)
}

/** Returns the minimum and maximum of an HPA or a ScaledObject. */
export function replicasOf({ inputs }: Pick<Subject, 'inputs'>): Properties {
  const { minReplicas, maxReplicas, minReplicaCount, maxReplicaCount } = under(inputs, 'spec')
  return { minReplicas: minReplicas ?? minReplicaCount, maxReplicas: maxReplicas ?? maxReplicaCount }
}

type Requests = Pick<Demand, 'cpus' | 'memory' | 'disk' | 'devices'>

/** Adds up the containers that run at the same time. An init container counts if it requests more than all of them. */
function requestsOfPod({ spec }: Pod): Requests {
  const [first, others] = [listedObjects(spec, 'initContainers'), listedObjects(spec, 'containers')]
  const beside = first.filter(({ restartPolicy }) => restartPolicy === 'Always')
  const together = [...beside, ...others].map(requestsOf).reduce((one, other) => combined(one, other, sum), NOTHING)
  return first.map(requestsOf).reduce((one, other) => combined(one, other, Math.max), together)
}

const NOTHING: Requests = { cpus: 0, memory: 0, disk: 0, devices: {} }

const sum = (one: number, other: number) => one + other

function combined(one: Requests, other: Requests, by: (one: number, other: number) => number): Requests {
  const names = [...new Set([...Object.keys(one.devices), ...Object.keys(other.devices)])]
  return {
    cpus: by(one.cpus, other.cpus),
    memory: by(one.memory, other.memory),
    disk: by(one.disk, other.disk),
    devices: Object.fromEntries(names.map((name) => [name, by(one.devices[name] ?? 0, other.devices[name] ?? 0)])),
  }
}

function requestsOf(container: Properties): Requests {
  const [requests, limits] = [under(container, 'resources', 'requests'), under(container, 'resources', 'limits')]
  // Kubernetes uses the limit as the request if there is none.
  const asked: Properties = { ...limits, ...requests }
  const amount = (name: string) => (asked[name] === undefined ? 0 : amountOf(asked[name]) || 0)
  const devices = Object.keys(asked).filter((name) => name.includes('/'))
  return {
    cpus: amount('cpu'),
    memory: amount('memory'),
    disk: amount('ephemeral-storage'),
    devices: Object.fromEntries(devices.map((name) => [name, amount(name)])),
  }
}

/** Returns the claimed volumes that outlive pods, including those of CloudNativePG clusters. */
export function claimsOf(resources: readonly Subject[]): Claimed[] {
  return resources.flatMap((resource) => {
    const { type, inputs } = resource
    const [name, spec] = [nameOf(resource), under(inputs, 'spec')]
    if (type.endsWith(':PersistentVolumeClaim')) return claimed(name, 1, spec)
    if (isDatabaseCluster(type)) {
      return (['storage', 'walStorage'] as const).flatMap((key) => {
        const { size, storageClass } = under(spec, key)
        const claim = { storageClassName: storageClass, resources: { requests: { storage: size } } }
        const claims = claimed(`${name} (${key})`, Number(spec.instances ?? 1), claim)
        return claims.map((each) => ({ ...each, ofCluster: { name, key } }))
      })
    }
    return listedObjects(spec, 'volumeClaimTemplates').flatMap((template) =>
      claimed(
        `${inWords(under(template, 'metadata').name)}-${name}`,
        Number(spec.replicas ?? 1),
        under(template, 'spec'),
      ),
    )
  })
}

/** Returns the volumes that are claimed for pods and deleted with them. */
function claimsOfPods(resources: readonly Subject[]): Claimed[] {
  return resources.flatMap((resource) => {
    const { spec = {} } = podOf(resource) ?? {}
    const pods = ofPods(resource, resources)?.pods ?? 0
    return listedObjects(spec, 'volumes').flatMap((volume) =>
      claimed(
        `${nameOf(resource)} (${inWords(volume.name)})`,
        pods,
        under(volume, 'ephemeral', 'volumeClaimTemplate', 'spec'),
      ),
    )
  })
}

/** Returns all claimed volumes, also those that are deleted with their pods. */
export const allClaimsOf = (resources: readonly Subject[]): Claimed[] => [
  ...claimsOf(resources),
  ...claimsOfPods(resources),
]

function claimed(name: string, count: number, spec: Properties): Claimed[] {
  const { storage } = under(spec, 'resources', 'requests')
  const { storageClassName } = spec
  if (storage === undefined) return []
  const chosen = typeof storageClassName === 'string' ? { storageClass: storageClassName } : {}
  return [{ name, count, size: amountOf(storage) || 0, ...chosen }]
}

/** Returns a sum over demands. @param pods number of pods to count for each demand */
export function total(demands: readonly Demand[], of: (demand: Demand) => number, pods: (demand: Demand) => number) {
  return demands.reduce((all, demand) => all + pods(demand) * of(demand), 0)
}
