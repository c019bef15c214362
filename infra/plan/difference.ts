import { podOf } from '../policy/pods.ts'
import type { Violation } from '../policy/policy.ts'
import { majorVersionOf } from '../settings/postgres-version.ts'
import { kindOf, nameOf } from './kinds.ts'
import type { Plan, Planned } from './plan.ts'
import { changesOf, type PropertyChange } from './property-changes.ts'
import { isReplacedBy } from './replacement.ts'
import { volumeStep } from './volume-step.ts'

/** What a resource's change comes to. */
export interface Change {
  readonly does: 'add' | 'remove' | 'change' | 'replace'
  readonly kind: string
  readonly name: string
  /** Of what is there before and after; those that make another resource are marked. */
  readonly properties: readonly (PropertyChange & { readonly replaces?: true })[]
  /** Why, where no property says it. */
  readonly because?: string
  /** What would go wrong, and the way on. */
  readonly warning?: string
  /** Set where it cannot be removed before it is unprotected. */
  readonly protected?: true
  /** Set where it takes or moves what is kept: volumes, databases, and what opens them. */
  readonly touchesData?: true
}

export interface Difference {
  readonly changes: readonly Change[]
  /** How many resources are the same. */
  readonly unchanged: number
  readonly outputs: readonly PropertyChange[]
  readonly newViolations: readonly Violation[]
}

/** How a change is marked and called. */
export const WORDS = {
  add: ['+', 'created'],
  remove: ['-', 'deleted'],
  change: ['~', 'changed'],
  replace: ['!', 'replaced'],
} as const

/** What `up` would do to a stack that is as `before` has it. */
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

// What can lose something comes first.
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
  // The same in another component: the engine makes a new one and removes the old.
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

/** What it means that a resource goes, or is made again. */
const loss = (resource: Planned) => ({
  ...(resource.options.protect === true ? ({ protected: true } as const) : {}),
  ...(holdsData(resource) ? ({ touchesData: true } as const) : {}),
})

const HOLDING = new Set(['PersistentVolumeClaim', 'PersistentVolume', 'Namespace', 'Cluster', 'Database'])

const holdsData = (resource: Planned) => resource.options.protect === true || HOLDING.has(kindOf(resource))

/** What a change of these comes to is decided by where the data are. */
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
      ...(isMoved ? { because: 'it is part of another component, and has no alias for where it was' } : {}),
      ...(warning === undefined ? {} : { warning }),
      ...(warning !== undefined || properties.some(({ path }) => OF_DATA.test(path)) ? { touchesData: true } : {}),
      ...(isReplaced ? loss(before) : {}),
    },
  ]
}

/** What is wrong with a step to another major version of Postgres over data that are there; undefined where nothing is. */
function postgresStep(before: Planned, after: Planned): string | undefined {
  const [one, other] = [before, after].map((resource) => majorVersionOf(imageOf(resource) ?? ''))
  if (one === undefined || other === undefined || one === other || nameOf(before) !== nameOf(after)) return undefined
  // The operator takes its data to a newer version itself.
  if (kindOf(after) === 'Cluster' && other > one) return undefined
  return `Postgres ${other} does not open the files of major version ${one} and would not start; docs/upgrading.md has the way, by a dump`
}

/** The image of a database that keeps data. */
function imageOf(resource: Planned): string | undefined {
  const image = {
    StatefulSet: podOf(resource)?.containers.find(({ spec }) => spec.name === 'postgres')?.spec.image,
    Container: nameOf(resource).endsWith('-postgres') ? resource.inputs.image : undefined,
    Cluster: (resource.inputs.spec as { imageName?: unknown } | undefined)?.imageName,
  }[kindOf(resource)]
  return typeof image === 'string' ? image : undefined
}
