import { kindOf as kubernetesKindOf, type Pod, podOf } from '../policy/pods.ts'
import type { Properties, Subject } from '../policy/policy.ts'
import { inWords, listedObjects, under } from '../policy/properties.ts'
import { amountOf, MIB } from '../settings/kinds.ts'
import { nameOf, partOf } from './kinds.ts'

/** What the pods or the container of a resource request, each of them. */
export interface Demand {
  /** The kind of the resource, such as Deployment. */
  readonly kind: string
  /** The component that it belongs to, or its own name. */
  readonly part: string
  /** How many run at least. */
  readonly pods: number
  /** How many run at most, where an autoscaler decides. */
  readonly mostPods: number
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  /** Bytes on the disk of the node. */
  readonly disk: number
  /** Resources of a node by name, such as nvidia.com/gpu. */
  readonly devices: Readonly<Record<string, number>>
  readonly nodeSelector: Properties
}

/** A volume that a resource claims, as often as `count` says. */
export interface Claimed {
  readonly name: string
  /** Whose instances have it, where an operator makes it for each: their names are known only to the operator. */
  readonly ofCluster?: { readonly name: string; readonly key: 'storage' | 'walStorage' }
  readonly count: number
  /** Bytes. */
  readonly size: number
  readonly storageClass?: string
}

const LASTING = ['Deployment', 'StatefulSet', 'DaemonSet', 'Pod', 'Cluster', 'Container']

/** Whether the pods of a demand keep running. */
export const isLasting = ({ kind }: Demand) => LASTING.includes(kind)

/** What each resource requests: on Kubernetes its pods, on Docker the limits of its container. */
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

/** A database that an operator runs. */
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

const isDatabaseCluster = (type: string) => /^kubernetes:postgresql\.cnpg\.io\/.*:Cluster$/.test(type)

function ofPods(resource: Subject, resources: readonly Subject[]): Demand | undefined {
  const [pod, kind] = [podOf(resource), kubernetesKindOf(resource)]
  if (pod === undefined || kind === undefined) return undefined
  const { minReplicas = 1, maxReplicas } = autoscalerOf(resource, resources)
  const { replicas = minReplicas, suspend } = under(resource.inputs, 'spec')
  const pods = suspend === true ? 0 : Number(replicas)
  return {
    kind,
    part: partOf(resource),
    pods,
    mostPods: Math.max(pods, Number(maxReplicas ?? pods)),
    nodeSelector: under(pod.spec, 'nodeSelector'),
    ...requestsOfPod(pod),
  }
}

/** The bounds of the HPA or of KEDA's object that scales a workload. */
function autoscalerOf(resource: Subject, resources: readonly Subject[]): Properties {
  const found = resources.find(
    ({ type, inputs }) =>
      /:(HorizontalPodAutoscaler|ScaledObject)$/.test(type) &&
      under(inputs, 'spec', 'scaleTargetRef').name === under(resource.inputs, 'metadata').name &&
      under(inputs, 'spec', 'scaleTargetRef').kind === kubernetesKindOf(resource),
  )
  return found === undefined ? {} : replicasOf(found)
}

/** The least and the most replicas, whoever scales. */
export function replicasOf({ inputs }: Pick<Subject, 'inputs'>): Properties {
  const { minReplicas, maxReplicas, minReplicaCount, maxReplicaCount } = under(inputs, 'spec')
  return { minReplicas: minReplicas ?? minReplicaCount, maxReplicas: maxReplicas ?? maxReplicaCount }
}

type Requests = Pick<Demand, 'cpus' | 'memory' | 'disk' | 'devices'>

/** What runs beside each other adds up; what runs before it counts where it requests more. */
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
  // A resource that is only limited is requested at its limit.
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

/** The volumes that the resources claim, with those of an operator's database. */
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

function claimed(name: string, count: number, spec: Properties): Claimed[] {
  const { storage } = under(spec, 'resources', 'requests')
  const { storageClassName } = spec
  if (storage === undefined) return []
  const chosen = typeof storageClassName === 'string' ? { storageClass: storageClassName } : {}
  return [{ name, count, size: amountOf(storage) || 0, ...chosen }]
}

/** A sum of what demands request. @param pods how many of each are counted */
export function total(demands: readonly Demand[], of: (demand: Demand) => number, pods: (demand: Demand) => number) {
  return demands.reduce((all, demand) => all + pods(demand) * of(demand), 0)
}
