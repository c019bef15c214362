import { isDeepStrictEqual } from 'node:util'
import type { Properties } from '../policy/policy.ts'
import { isObject } from '../policy/properties.ts'

export interface PropertyChange {
  readonly path: string
  /** Undefined if the property is new. */
  readonly before?: unknown
  /** Undefined if the property was removed. */
  readonly after?: unknown
}

/** Returns the differences between two values, by the paths of the smallest parts that differ. */
export function changesOf(before: unknown, after: unknown, path = ''): PropertyChange[] {
  if (isDeepStrictEqual(before, after)) return []
  if (isObject(before) && isObject(after))
    return changesOfGroups(before, after, (key) => (path === '' ? key : `${path}.${key}`))
  if (Array.isArray(before) && Array.isArray(after)) return changesOfLists(before, after, path)
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }]
}

function changesOfGroups(before: Properties, after: Properties, at: (key: string) => string): PropertyChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
  return keys.flatMap((key) => changesOf(before[key], after[key], at(key)))
}

function changesOfLists(before: readonly unknown[], after: readonly unknown[], path: string): PropertyChange[] {
  const named = byName(before, after)
  if (named !== undefined) {
    const changes = changesOfGroups(...named, (name) => `${path}[${name}]`)
    const order = named.map((group) => Object.keys(group).join(', '))
    return changes.length > 0 ? changes : [{ path: `${path} (order)`, before: order[0], after: order[1] }]
  }
  if (before.length !== after.length || !before.some(isObject)) return [{ path, before, after }]
  return before.flatMap((each, index) => changesOf(each, after[index], `${path}[${index}]`))
}

// Keys that identify the entries of lists, in Kubernetes' and Docker's types.
const NAMES = ['name', 'mountPath', 'target', 'label', 'containerPort', 'port', 'internal', 'file', 'key', 'type']

/** Converts both lists to objects by a key that is unique in each. Undefined if there is none. */
function byName(before: readonly unknown[], after: readonly unknown[]): [Properties, Properties] | undefined {
  const lists = [before, after]
  const assigned = lists.map((list) => grouped(list, variableOf))
  const name = NAMES.find((key) => lists.every((list) => grouped(list, entryOf(key)) !== undefined))
  const [one, other] = name === undefined ? assigned : lists.map((list) => grouped(list, entryOf(name)))
  return one === undefined || other === undefined ? undefined : [one, other]
}

type Entry = readonly [name: string, value: unknown]

function grouped(list: readonly unknown[], entry: (each: unknown) => Entry | undefined): Properties | undefined {
  const entries = list.map(entry)
  if (entries.includes(undefined)) return undefined
  const group = Object.fromEntries(entries as Entry[])
  return Object.keys(group).length === list.length ? group : undefined
}

const entryOf =
  (key: string) =>
  (each: unknown): Entry | undefined => {
    const name = isObject(each) ? each[key] : undefined
    return typeof name === 'string' || typeof name === 'number' ? [String(name), each] : undefined
  }

/** An environment variable of a Docker container, `NAME=value`. */
function variableOf(each: unknown): Entry | undefined {
  const [, name, value] = (typeof each === 'string' ? /^([A-Za-z_]\w*)=(.*)$/s.exec(each) : null) ?? []
  return name === undefined ? undefined : [name, value]
}
