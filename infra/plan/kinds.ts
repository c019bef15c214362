import type { Subject } from '../policy/policy.ts'
import { isObject, under } from '../policy/properties.ts'
import type { Planned } from './plan.ts'

/** Returns the last part of a resource's type, such as Deployment, or `Provider of …`. */
export function kindOf({ type }: Pick<Planned, 'type'>): string {
  const last = type.slice(type.lastIndexOf(':') + 1)
  return type.startsWith('pulumi:providers:') ? `Provider of ${last}` : last
}

/** Returns the name that a resource has in the cluster or engine, or else its name in the program. */
export function nameOf({ type, name, inputs }: Subject): string {
  const own = type.startsWith('kubernetes:') && isObject(inputs.metadata) ? inputs.metadata.name : inputs.name
  return typeof own === 'string' ? own : name
}

/** Returns the component label of a Kubernetes object, or else the name of the resource. */
export function partOf(resource: Subject): string {
  const component = under(resource.inputs, 'metadata', 'labels')['app.kubernetes.io/component']
  return typeof component === 'string' ? component : nameOf(resource)
}

/** Lists names by kind, without duplicates: `Job a, b; CronJob c`. */
export const namesByKind = (all: readonly { readonly kind: string; readonly name: string }[]): string =>
  [...Map.groupBy(all, ({ kind }) => kind)]
    .map(([kind, some]) => `${kind} ${[...new Set(some.map(({ name }) => name))].join(', ')}`)
    .join('; ')

// Dependencies come first, as `kubectl apply` requires.
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

/** Compares by package, then in the order of creation, then by name. */
export function byKind(one: Planned, other: Planned): number {
  return (
    rank(PACKAGES, packageOf(one)) - rank(PACKAGES, packageOf(other)) ||
    rank(KUBERNETES, kindOf(one)) - rank(KUBERNETES, kindOf(other)) ||
    compared(kindOf(one), kindOf(other)) ||
    compared(nameOf(one), nameOf(other)) ||
    compared(one.id, other.id)
  )
}

/** Returns the providers whose plugins resources need. */
export function providersOf(resources: readonly Pick<Planned, 'type'>[]): string[] {
  const names = resources.map(({ type }) =>
    type.startsWith(PROVIDER) ? type.slice(PROVIDER.length) : packageOf({ type }),
  )
  return [...new Set(names)].filter((name) => name !== 'pulumi').toSorted()
}

const PROVIDER = 'pulumi:providers:'

const packageOf = ({ type }: Pick<Planned, 'type'>) => type.slice(0, type.indexOf(':'))

const rank = (known: readonly string[], word: string) => (known.includes(word) ? known.indexOf(word) : known.length)

// Compares code units, so that the order does not depend on the locale.
const compared = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)
