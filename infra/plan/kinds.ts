import type { Subject } from '../policy/policy.ts'
import { isObject, under } from '../policy/properties.ts'
import type { Planned } from './plan.ts'

/** The last word of a resource's type, such as Deployment; a provider is one of something. */
export function kindOf({ type }: Pick<Planned, 'type'>): string {
  const last = type.slice(type.lastIndexOf(':') + 1)
  return type.startsWith('pulumi:providers:') ? `Provider of ${last}` : last
}

/** What a resource is called where it is made, or in the program where that leaves it to the provider. */
export function nameOf({ type, name, inputs }: Subject): string {
  const own = type.startsWith('kubernetes:') && isObject(inputs.metadata) ? inputs.metadata.name : inputs.name
  return typeof own === 'string' ? own : name
}

/** The component that a Kubernetes object belongs to, else what the resource is called. */
export function partOf(resource: Subject): string {
  const component = under(resource.inputs, 'metadata', 'labels')['app.kubernetes.io/component']
  return typeof component === 'string' ? component : nameOf(resource)
}

/** Things by their kind, each once: `Job a, b; CronJob c`. */
export const namesByKind = (all: readonly { readonly kind: string; readonly name: string }[]): string =>
  [...Map.groupBy(all, ({ kind }) => kind)]
    .map(([kind, some]) => `${kind} ${[...new Set(some.map(({ name }) => name))].join(', ')}`)
    .join('; ')

// What others live in or read comes before them, as `kubectl apply` needs it.
const KUBERNETES = [
  'Namespace',
  'ResourceQuota',
  'LimitRange',
  'PriorityClass',
  'ServiceAccount',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'NetworkPolicy',
  'Secret',
  'ConfigMap',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Service',
  'StatefulSet',
  'Deployment',
  'Job',
  'CronJob',
]

const PACKAGES = ['kubernetes', 'docker', 'docker-build', 'postgresql', 'random', 'pulumi']

/** Compares by where a resource is, then in the order in which it can be made, then by name. */
export function byKind(one: Planned, other: Planned): number {
  return (
    rank(PACKAGES, packageOf(one)) - rank(PACKAGES, packageOf(other)) ||
    rank(KUBERNETES, kindOf(one)) - rank(KUBERNETES, kindOf(other)) ||
    compared(kindOf(one), kindOf(other)) ||
    compared(nameOf(one), nameOf(other)) ||
    compared(one.id, other.id)
  )
}

const packageOf = ({ type }: Planned) => type.slice(0, type.indexOf(':'))

const rank = (known: readonly string[], word: string) => (known.includes(word) ? known.indexOf(word) : known.length)

// By code unit, so that the order is the same whatever the language of the machine.
const compared = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)
