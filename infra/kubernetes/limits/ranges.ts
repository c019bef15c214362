import type { Claimed } from '../../plan/demand.ts'
import type { Properties } from '../../policy/policy.ts'
import { listedObjects, under } from '../../policy/properties.ts'
import { PARTS } from '../../settings/parts.ts'
import { shownAmount } from './shown.ts'
import { type Amounts, amountsOf, type Container, takenBy, type Workload } from './workloads.ts'

/** A limit of a LimitRange, and its path in messages. */
export interface Range {
  readonly at: string
  readonly type: string
  readonly min: Amounts
  readonly max: Amounts
  readonly ratio: Amounts
  /** Limits and requests of containers that have none. */
  readonly limits: Amounts
  readonly requests: Amounts
  /** Names of the fields that these come from. */
  readonly origin: Readonly<Record<string, string>>
}

/** Reads a LimitRange, with the defaults that the API server derives from its other limits. @param at path in messages */
export function rangesOf(object: Properties, at: string): Range[] {
  return listedObjects(under(object, 'spec'), 'limits').map((limit, index) => {
    const of = (key: string) => amountsOf(under(limit, key))
    const [min, max, given] = [of('min'), of('max'), of('default')]
    const isOfContainers = limit.type === 'Container'
    const limits = isOfContainers ? { ...max, ...given } : {}
    return {
      at: `${at}.spec.limits.${index}`,
      type: String(limit.type),
      min,
      max,
      ratio: of('maxLimitRequestRatio'),
      limits,
      requests: isOfContainers ? { ...min, ...limits, ...of('defaultRequest') } : {},
      origin: Object.fromEntries(Object.keys(limits).map((name) => [name, name in given ? 'default' : 'max'])),
    }
  })
}

/** Adds the defaults of the ranges to a container. */
export function withDefaults(container: Container, ranges: readonly Range[]): Container {
  const added = (of: 'limits' | 'requests'): Amounts =>
    Object.fromEntries([...ranges.map((range) => range[of]).toReversed(), container[of]].flatMap(Object.entries))
  return { ...container, limits: added('limits'), requests: added('requests') }
}

/** Returns the faults of pods that the API server would refuse because of the ranges. */
export function faultsOfRanges(ranges: readonly Range[], workloads: readonly Workload[], claims: readonly Claimed[]) {
  const all = ranges.flatMap((range) => [
    ...workloads.flatMap(({ part, containers }) =>
      range.type === 'Pod'
        ? ofPod(range, part, containers)
        : range.type === 'Container'
          ? ofContainers(range, part, containers)
          : [],
    ),
    ...(range.type === 'PersistentVolumeClaim' ? claims.flatMap((claim) => ofClaim(range, claim)) : []),
  ])
  return [...new Set(all)]
}

function ofContainers(range: Range, part: string, containers: readonly Container[]): string[] {
  return containers.flatMap((container) => {
    const what = `the container ${container.name} of ${part}`
    const clipped = Object.entries(range.limits).flatMap(([name, limit]) => {
      const request = container.requests[name] ?? 0
      // With a limit of its own, the container keeps it.
      return name in container.limits || request <= limit
        ? []
        : [
            `${range.at}.${range.origin[name]}.${name} is ${shownAmount(name, limit)}, which becomes the limit of ${what}, but its request is ${shownAmount(name, request)}; ${remedyOf(part, name)}`,
          ]
    })
    return clipped.length > 0 ? clipped : outside(range, what, part, withDefaults(container, [range]))
  })
}

function ofPod(range: Range, part: string, containers: readonly Container[]): string[] {
  const names = [...new Set([...Object.keys(range.min), ...Object.keys(range.max), ...Object.keys(range.ratio)])]
  const sums = (of: 'requests' | 'limits') =>
    Object.fromEntries(
      names
        .filter((name) => containers.some((each) => name in each[of]))
        .map((name) => [name, takenBy(containers, (each) => each[of][name] ?? 0)]),
    )
  return outside(range, `a pod of ${part}`, part, { requests: sums('requests'), limits: sums('limits') })
}

function outside(
  { at, min, max, ratio }: Range,
  what: string,
  part: string,
  { requests, limits }: Pick<Container, 'requests' | 'limits'>,
): string[] {
  const told = (key: string, name: string, bound: number, has: string) =>
    `${at}.${key}.${name} is ${shownAmount(name, bound)}, but ${what} ${has}; ${remedyOf(part, name)}`
  return [
    ...Object.entries(max).flatMap(([name, most]) => {
      const limit = limits[name]
      if (limit === undefined) return [told('max', name, most, 'has no limit')]
      return limit > most ? [told('max', name, most, `has the limit ${shownAmount(name, limit)}`)] : []
    }),
    ...Object.entries(min).flatMap(([name, least]) => {
      const request = requests[name]
      if (request === undefined) return [told('min', name, least, 'has no request')]
      return request < least ? [told('min', name, least, `requests ${shownAmount(name, request)}`)] : []
    }),
    ...Object.entries(ratio).flatMap(([name, most]) => {
      const [limit, request = 0] = [limits[name], requests[name]]
      if (limit !== undefined && request > 0 && limit / request <= most) return []
      const has =
        limit === undefined
          ? 'has no limit'
          : `has the limit ${shownAmount(name, limit)}, ${rounded(limit / request)} times its request, ${shownAmount(name, request)}`
      return [`${at}.maxLimitRequestRatio.${name} is ${most}, but ${what} ${has}; ${remedyOf(part, name)}`]
    }),
  ]
}

const rounded = (value: number) => Math.round(value * 100) / 100

function ofClaim({ at, min, max }: Range, { name, size }: Claimed): string[] {
  const shown = (bytes: number) => shownAmount('storage', bytes)
  const { storage: most = Number.POSITIVE_INFINITY } = max
  const { storage: least = 0 } = min
  const says = `but the volume ${name} requests ${shown(size)}; change it, or the size of the volume`
  return [
    ...(size > most ? [`${at}.max.storage is ${shown(most)}, ${says}`] : []),
    ...(size < least ? [`${at}.min.storage is ${shown(least)}, ${says}`] : []),
  ]
}

const SIZED: readonly string[] = ['server', 'worker', 'postgres', 'ollama']

function remedyOf(part: string, resource: string): string {
  const limit = PARTS.some((each) => each === part) ? `${part}.cpuLimit` : 'kubernetes.cpuLimit'
  const own = SIZED.includes(part) && resource === 'memory' ? [`${part}.memory`] : resource === 'cpu' ? [limit] : []
  return own.length === 0 ? 'change it' : `change it, or set ${own.join(', ')}`
}
