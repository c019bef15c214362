import type { Claimed } from '../../plan/demand.ts'
import { kindOf } from '../../policy/pods.ts'
import type { Properties, Subject } from '../../policy/policy.ts'
import { inWords, listed, listedObjects, under } from '../../policy/properties.ts'
import { amountOf } from '../../settings/kinds.ts'
import { shownAmount } from './shown.ts'
import { isEnding, takenBy, type Workload } from './workloads.ts'

/** What the stack takes of the namespace. */
export interface Taken {
  readonly workloads: readonly Workload[]
  readonly claims: readonly Claimed[]
  readonly objects: readonly Subject[]
}

/** Resources that a quota demands of each container. */
const DEMANDED = /^((requests|limits)\.)?(cpu|memory)$/

/** Returns the faults of what exceeds a ResourceQuota, with the sum. @param at path of the quota in messages */
export function faultsOfQuota(quota: Properties, at: string, taken: Taken): string[] {
  const spec = under(quota, 'spec')
  const workloads = taken.workloads.filter((each) => isInScope(spec, each))
  return Object.entries(under(spec, 'hard')).flatMap(([name, hard]) => {
    const most = amountOf(hard)
    const path = `${at}.spec.hard.${name}`
    const { resource, of } = keyOf(name)
    if (DEMANDED.test(name)) {
      const without = workloads.flatMap(({ part, containers }) =>
        containers.filter((each) => !(resource in each[of])).map((each) => `${each.name} of ${part}`),
      )
      if (without.length > 0) return [lacking(path, resource, of, without)]
    }
    const terms = termsOf(name, workloads, taken)
    const sum = terms.reduce((all, { count, each }) => all + count * each, 0)
    if (Number.isNaN(most) || sum <= most) return []
    const shown = terms
      .filter(({ count, each }) => count * each > 0)
      .map(({ what, count, each }) => `${what} ${count} × ${shownAmount(resource, each)}`)
      .join(' + ')
    return [
      `${path} is ${inWords(hard)}, but ${shownAmount(resource, sum)} are needed (${shown}); raise it, or use fewer or smaller ones`,
    ]
  })
}

function lacking(path: string, resource: string, of: 'requests' | 'limits', containers: readonly string[]): string {
  const word = of === 'limits' ? 'limit' : 'request'
  const [first = '', ...others] = [...new Set(containers)]
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  const remedy = resource === 'cpu' && of === 'limits' ? 'set kubernetes.cpuLimit' : 'set its resources'
  return `${path} demands a ${word} of ${resource} of each container, but ${first}${more} have none; ${remedy}, add a LimitRange with a default, or remove it`
}

function keyOf(name: string): { readonly resource: string; readonly of: 'requests' | 'limits' } {
  const [, of = 'requests', resource = name] = /^(requests|limits)\.(.+)$/.exec(name) ?? []
  return { resource, of: of === 'limits' ? 'limits' : 'requests' }
}

interface Term {
  readonly what: string
  readonly count: number
  readonly each: number
}

function termsOf(name: string, workloads: readonly Workload[], { claims, objects }: Taken): Term[] {
  const { resource, of } = keyOf(name)
  if (name === 'requests.storage')
    return claims.map((claim) => ({ what: claim.name, count: claim.count, each: claim.size }))
  const [, storageClass, ofClass] = /^(.+)\.storageclass\.storage\.k8s\.io\/(.+)$/.exec(name) ?? []
  if (storageClass !== undefined) {
    const own = claims.filter((claim) => claim.storageClass === storageClass)
    return own.map((claim) => ({
      what: claim.name,
      count: claim.count,
      each: ofClass === 'requests.storage' ? claim.size : 1,
    }))
  }
  if (name === 'persistentvolumeclaims' || name === 'count/persistentvolumeclaims') {
    return claims.map((claim) => ({ what: claim.name, count: claim.count, each: 1 }))
  }
  if (name === 'pods' || name === 'count/pods') return atOnce(workloads, () => 1)
  const kind = name.replace(/^count\//, '')
  const counted = objects.filter((object) => pluralOf(object) === kind || kind.startsWith(`${pluralOf(object)}.`))
  if (counted.length > 0) return [{ what: kind, count: counted.length, each: 1 }]
  return atOnce(workloads, ({ containers }) => takenBy(containers, (each) => each[of][resource] ?? 0))
}

/** Returns what runs all the time, and the most that runs beside it: new pods of an update, or one Job. */
function atOnce(workloads: readonly Workload[], of: (workload: Workload) => number): Term[] {
  const lasting = workloads.filter((each) => !isEnding(each))
  const update = lasting.reduce((sum, each) => sum + each.surge * of(each), 0)
  const jobs = workloads
    .filter(isEnding)
    .map((each) => ({ what: each.part, count: Math.min(each.pods, 1), each: of(each) }))
  const [beside] = [{ what: 'update', count: 1, each: update }, ...jobs].toSorted(
    (one, other) => other.count * other.each - one.count * one.each,
  )
  return [
    ...lasting.map((each) => ({ what: each.part, count: each.pods, each: of(each) })),
    ...(beside === undefined ? [] : [beside]),
  ]
}

/** Returns the name of an object's kind in a quota. */
function pluralOf(object: Subject): string {
  const kind = (kindOf(object) ?? '').toLowerCase()
  return kind.endsWith('y') ? kind.replace(/y$/, 'ies') : `${kind}${/(s|x|ch)$/.test(kind) ? 'es' : 's'}`
}

/** Whether a quota applies to the pods of a workload. */
function isInScope(spec: Properties, workload: Workload): boolean {
  const scopes = listed(spec, 'scopes').map(String)
  const selected = listedObjects(under(spec, 'scopeSelector'), 'matchExpressions')
  return [
    ...scopes.map((scopeName) => ({ scopeName, operator: 'Exists', values: [] })),
    ...selected.map(({ scopeName, operator, values }) => ({
      scopeName: String(scopeName),
      operator: String(operator),
      values: Array.isArray(values) ? values : [],
    })),
  ].every((scope) => hasScope(scope, workload))
}

interface Scope {
  readonly scopeName: string
  readonly operator: string
  readonly values: readonly unknown[]
}

function hasScope(
  { scopeName, operator, values }: Scope,
  { isTerminating, priorityClass, containers }: Workload,
): boolean {
  const isBestEffort = containers.every(({ requests }) => Object.keys(requests).length === 0)
  switch (scopeName) {
    case 'Terminating':
      return isTerminating
    case 'NotTerminating':
      return !isTerminating
    case 'BestEffort':
      return isBestEffort
    case 'NotBestEffort':
      return !isBestEffort
    case 'PriorityClass':
      return operator === 'In'
        ? values.includes(priorityClass)
        : operator === 'NotIn'
          ? !values.includes(priorityClass)
          : (priorityClass !== undefined) === (operator === 'Exists')
    default:
      return false
  }
}
