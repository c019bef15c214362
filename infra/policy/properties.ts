import { type Properties, UNKNOWN } from './policy.ts'

export const isObject = (value: unknown): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The properties under a key; none where there is something else. */
export function under(properties: Properties, ...keys: readonly string[]): Properties {
  const value = keys.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), properties)
  return isObject(value) ? value : {}
}

/** The entries of a list; none where there is no list. */
export function listed(properties: Properties, key: string): readonly unknown[] {
  const value = properties[key]
  return Array.isArray(value) ? value : []
}

/** The entries of a list that are properties themselves. */
export const listedObjects = (properties: Properties, key: string): readonly Properties[] =>
  listed(properties, key).filter(isObject)

/** A value within a sentence. */
export const inWords = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing'))

/** Whether a value is missing; one that is not known yet is not. */
export const isMissing = (value: unknown) => value === undefined || value === null || value === ''

/** Whether a value is known and another than it has to be. */
export const isOtherThan = (value: unknown, expected: unknown) => value !== UNKNOWN && value !== expected

export interface Leaf {
  readonly at: string
  /** The last key on the way to it. */
  readonly key: string
  readonly value: unknown
}

/** Every value that is neither a list nor a group, with its path. */
export function leavesOf(value: unknown, at = '', key = ''): Leaf[] {
  if (Array.isArray(value)) {
    return value.flatMap((each, index) => leavesOf(each, `${at}[${nameOf(each) ?? index}]`, key))
  }
  if (!isObject(value)) return [{ at, key, value }]
  return Object.entries(value).flatMap(([inner, each]) => leavesOf(each, at === '' ? inner : `${at}.${inner}`, inner))
}

const nameOf = (value: unknown) => (isObject(value) && typeof value.name === 'string' ? value.name : undefined)
