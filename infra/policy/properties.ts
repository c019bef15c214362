import { type Properties, UNKNOWN } from './policy.ts'

export const isObject = (value: unknown): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Returns the object at a path of keys. Empty if there is none. */
export function under(properties: Properties, ...keys: readonly string[]): Properties {
  const value = keys.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), properties)
  return isObject(value) ? value : {}
}

/** Returns the entries of a list. Empty if there is no list. */
export function listed(properties: Properties, key: string): readonly unknown[] {
  const value = properties[key]
  return Array.isArray(value) ? value : []
}

/** Returns the entries of a list that are objects. */
export const listedObjects = (properties: Properties, key: string): readonly Properties[] =>
  listed(properties, key).filter(isObject)

/** Formats a value for a sentence. */
export const inWords = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing'))

/** Whether a value is missing. An unknown value is not. */
export const isMissing = (value: unknown) => value === undefined || value === null || value === ''

/** Whether a value is known and differs from the expected one. */
export const isOtherThan = (value: unknown, expected: unknown) => value !== UNKNOWN && value !== expected

export interface Leaf {
  readonly at: string
  /** Last key of the path that is not an index. */
  readonly key: string
  readonly value: unknown
}

/** Returns all scalar values with their paths. */
export function leavesOf(value: unknown, at = '', key = ''): Leaf[] {
  if (Array.isArray(value)) {
    return value.flatMap((each, index) => leavesOf(each, `${at}[${nameOf(each) ?? index}]`, key))
  }
  if (!isObject(value)) return [{ at, key, value }]
  return Object.entries(value).flatMap(([inner, each]) => leavesOf(each, at === '' ? inner : `${at}.${inner}`, inner))
}

const nameOf = (value: unknown) => (isObject(value) && typeof value.name === 'string' ? value.name : undefined)
