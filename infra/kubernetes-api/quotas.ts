import type { Properties } from '../policy/policy.ts'
import { listed, listedObjects, under } from '../policy/properties.ts'
import { amountOf } from '../settings/kinds.ts'
import { isQualifiedName } from '../settings/kubernetes-kinds.ts'
import { checked, duplicates, oneOf, type Problem, problemAt, quantityFrom, when, within } from './checks.ts'

const QUOTA =
  /^((requests|limits)\.)?(cpu|memory|ephemeral-storage|hugepages-\d+[KMG]i)$|^requests\.storage$|^(pods|services|replicationcontrollers|resourcequotas|secrets|configmaps|persistentvolumeclaims|services\.(nodeports|loadbalancers))$/

/** Numbers of objects. */
const COUNTED =
  /^(pods|services(\.\w+)?|replicationcontrollers|resourcequotas|secrets|configmaps|persistentvolumeclaims)$|^count\//

/** Names of a quota: resources, objects, counts of objects, and what a StorageClass or an extended resource has. */
const isOfQuota = (name: string) =>
  QUOTA.test(name) || (name.includes('/') && isQualifiedName(name.replace(/^requests\./, '')))

const SCOPES = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
]

const OPPOSITES = [
  ['Terminating', 'NotTerminating'],
  ['BestEffort', 'NotBestEffort'],
] as const

export function quotaProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const scopes = listed(spec, 'scopes')
  const both = OPPOSITES.filter((pair) => pair.every((scope) => scopes.includes(scope)))
  const other = Object.keys(under(spec, 'hard')).find((name) => name !== 'pods')
  return within(
    ['spec'],
    [
      ...Object.entries(under(spec, 'hard')).flatMap(([name, amount]) =>
        within(['hard', name], ofAmount(name, amount)),
      ),
      ...scopes.flatMap((scope, at) => within(['scopes'], checked({ [at]: scope }, { [at]: oneOf(...SCOPES) }))),
      ...both.map((pair) => problemAt(['scopes'], `has ${pair.join(' and ')}, which no pod is; remove one of them`)),
      ...when(
        scopes.includes('BestEffort') && other !== undefined,
        ['scopes'],
        `has BestEffort, which limits only pods, but hard has ${String(other)}; remove one of them`,
      ),
    ],
  )
}

function ofAmount(name: string, amount: unknown): Problem[] {
  if (!isOfQuota(name)) {
    return [problemAt([], 'is not a resource of a quota; use one such as requests.cpu, limits.memory or pods')]
  }
  const isPart = COUNTED.test(name) && !Number.isInteger(amountOf(amount))
  return [
    ...checked({ amount }, { amount: quantityFrom(0, '0 or more') }).map(({ says }) => problemAt([], says)),
    ...when(isPart, [], `must be a whole number, got ${JSON.stringify(amount)}`),
  ]
}

/** Bounds of a LimitRange, each of which is at most the next one. */
const BOUNDS = ['min', 'defaultRequest', 'default', 'max']

const CLAIM = 'PersistentVolumeClaim'

export function limitRangeProblems(object: Properties): Problem[] {
  const limits = listedObjects(under(object, 'spec'), 'limits')
  return within(
    ['spec'],
    [...duplicates('limits', limits, 'type'), ...limits.flatMap((limit, at) => within(['limits', at], ofLimit(limit)))],
  )
}

function ofLimit(limit: Properties): Problem[] {
  const { type } = limit
  const pairs = BOUNDS.flatMap((low, index) => BOUNDS.slice(index + 1).map((high) => [low, high] as const))
  const isSized = ['min', 'max'].some((bound) => 'storage' in under(limit, bound))
  return [
    ...when(
      !['Container', 'Pod', CLAIM].includes(String(type)) && !String(type).includes('/'),
      ['type'],
      `must be Container, Pod or ${CLAIM}, got ${JSON.stringify(type)}`,
    ),
    ...['default', 'defaultRequest'].flatMap((key) =>
      when(type === 'Pod' && key in limit, [key], 'is only for type Container; remove it'),
    ),
    ...when(type === CLAIM && !isSized, [], `has type ${CLAIM}, which requires min.storage or max.storage`),
    ...Object.entries(under(limit, 'maxLimitRequestRatio')).flatMap(([name, ratio]) =>
      when(amountOf(ratio) < 1, ['maxLimitRequestRatio', name], `must be 1 or more, got ${JSON.stringify(ratio)}`),
    ),
    ...pairs.flatMap(([low, high]) =>
      Object.entries(under(limit, low)).flatMap(([name, amount]) => {
        const most = under(limit, high)[name]
        const says = `is ${String(amount)}, which is more than ${high}, ${String(most)}; lower it or raise that`
        return when(amountOf(amount) > amountOf(most), [low, name], says)
      }),
    ),
  ]
}
