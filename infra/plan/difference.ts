import { podOf } from '../policy/pods.ts'
import type { Violation } from '../policy/policy.ts'
import { majorVersionOf } from '../settings/postgres-version.ts'
import { kindOf, nameOf } from './kinds.ts'
import type { Plan, Planned } from './plan.ts'
import { changesOf, type PropertyChange } from './property-changes.ts'
import { isReplacedBy } from './replacement.ts'
import { volumeStep } from './volume-step.ts'

/** Change of a resource. */
export interface Change {
  readonly does: 'add' | 'remove' | 'change' | 'replace'
  readonly kind: string
  readonly name: string
  /** Changed properties. Those that force a replacement are marked. */
  readonly properties: readonly (PropertyChange & { readonly replaces?: true })[]
  /** Reason, if no property shows it. */
  readonly because?: string
  /** Expected failure, and its remedy. */
  readonly warning?: string
  /** Set if the resource must be unprotected before it can be removed. */
  readonly protected?: true
  /** Set if the change removes or moves volumes, databases, or their credentials. */
  readonly touchesData?: true
}

export interface Difference {
  readonly changes: readonly Change[]
  /** Number of unchanged resources. */
  readonly unchanged: number
  readonly outputs: readonly PropertyChange[]
  readonly newViolations: readonly Violation[]
}

/** Sign and word of each change. */
export const WORDS = {
  add: ['+', 'created'],
  remove: ['-', 'deleted'],
  change: ['~', 'changed'],
  replace: ['!', 'replaced'],
} as const

/** Returns what `up` would change in a stack that has the state `before`. */
export function differenceOf(before: Plan, after: Plan): Difference {
  const { pairs, added, removed } = matched(before.resources, after.resources)
  const changed = pairs.flatMap(([one, other]) => changeOf(one, other))
  const known = new Set(before.violations.map(identityOf))
  return {
    changes: [
      ...removed.map((one) => whole('remove', one)),
      ...changed,
      ...added.map((one) => whole('add', one)),
    ].toSorted((one, other) => ORDER.indexOf(one.does) - ORDER.indexOf(other.does)),
    unchanged: pairs.length - changed.length,
    outputs: changesOf(before.outputs, after.outputs),
    newViolations: after.violations.filter((violation) => !known.has(identityOf(violation))),
  }
}

// Changes that can lose data come first.
const ORDER = ['remove', 'replace', 'change', 'add']

const identityOf = ({ policy, type, resource, at }: Violation) => [policy, type, resource, at].join('\n')

interface Matched {
  readonly pairs: readonly (readonly [before: Planned, after: Planned])[]
  readonly added: readonly Planned[]
  readonly removed: readonly Planned[]
}

function matched(before: readonly Planned[], after: readonly Planned[]): Matched {
  const left = new Map(before.map((one) => [one.id, one]))
  const take = (ids: readonly string[]) => {
    const id = ids.find((each) => left.has(each))
    const found = id === undefined ? undefined : left.get(id)
    if (id !== undefined) left.delete(id)
    return found
  }
  const exact = after.map((one) => ({ one, former: take([one.id]) }))
  const aliased = exact.map(({ one, former }) => ({ one, former: former ?? take(one.formerIds) }))
  // Same type and name in another component: the engine creates a new resource and removes the old one.
  const found = aliased.map(({ one, former }) => ({ one, former: former ?? take(elsewhere(one, left)) }))
  return {
    pairs: found.flatMap(({ one, former }) => (former === undefined ? [] : [[former, one] as const])),
    added: found.filter(({ former }) => former === undefined).map(({ one }) => one),
    removed: [...left.values()],
  }
}

const elsewhere = ({ type, name }: Planned, left: ReadonlyMap<string, Planned>): string[] =>
  [...left.values()].filter((other) => other.type === type && other.name === name).map(({ id }) => id)

const whole = (does: 'add' | 'remove', resource: Planned): Change => ({
  does,
  ...titleOf(resource),
  properties: [],
  ...(does === 'remove' ? loss(resource) : {}),
})

const titleOf = (resource: Planned) => ({ kind: kindOf(resource), name: nameOf(resource) })

/** Consequences of removing or replacing a resource. */
const loss = (resource: Planned) => ({
  ...(resource.options.protect === true ? ({ protected: true } as const) : {}),
  ...(holdsData(resource) ? ({ touchesData: true } as const) : {}),
})

const HOLDING = new Set(['PersistentVolumeClaim', 'PersistentVolume', 'Namespace', 'Cluster', 'Database'])

const holdsData = (resource: Planned) => resource.options.protect === true || HOLDING.has(kindOf(resource))

/** Properties whose change affects data. */
const OF_DATA = /(^options\.protect$|\b(storage|walStorage|volumeClaimTemplates|volumeName)\b)/

function changeOf(before: Planned, after: Planned): Change[] {
  const ignored = after.options.ignoreChanges ?? []
  const inputs = changesOf(before.inputs, after.inputs).filter(
    ({ path }) => !ignored.some((each) => path.startsWith(each)),
  )
  const options = changesOf(before.options, after.options, 'options')
  const properties = [
    ...inputs.map((change) => ({
      ...change,
      ...(isReplacedBy(change.path, after) ? ({ replaces: true } as const) : {}),
    })),
    ...options,
  ]
  const isMoved = before.id !== after.id && !after.formerIds.includes(before.id)
  if (properties.length === 0 && !isMoved) return []
  const isReplaced = isMoved || properties.some((change) => 'replaces' in change)
  const warning = postgresStep(before, after) ?? volumeStep(before, after)
  return [
    {
      does: isReplaced ? 'replace' : 'change',
      ...titleOf(after),
      properties,
      ...(isMoved ? { because: 'it moved to another component and has no alias for its old parent' } : {}),
      ...(warning === undefined ? {} : { warning }),
      ...(warning !== undefined || properties.some(({ path }) => OF_DATA.test(path)) ? { touchesData: true } : {}),
      ...(isReplaced ? loss(before) : {}),
    },
  ]
}

/** Returns a warning if existing data would be opened by another major version of Postgres. Undefined if not. */
function postgresStep(before: Planned, after: Planned): string | undefined {
  const [one, other] = [before, after].map((resource) => majorVersionOf(imageOf(resource) ?? ''))
  if (one === undefined || other === undefined || one === other || nameOf(before) !== nameOf(after)) return undefined
  // CloudNativePG upgrades its data itself.
  if (kindOf(after) === 'Cluster' && other > one) return undefined
  return `Postgres ${other} does not open the files of major version ${one} and would not start; docs/upgrading.md describes the upgrade, by a dump`
}

/** Returns the Postgres image of a resource with data. */
function imageOf(resource: Planned): string | undefined {
  const image = {
    StatefulSet: podOf(resource)?.containers.find(({ spec }) => spec.name === 'postgres')?.spec.image,
    Container: nameOf(resource).endsWith('-postgres') ? resource.inputs.image : undefined,
    Cluster: (resource.inputs.spec as { imageName?: unknown } | undefined)?.imageName,
  }[kindOf(resource)]
  return typeof image === 'string' ? image : undefined
}
