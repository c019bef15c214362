import type { z } from 'zod'
import { type Properties, SECRET, UNKNOWN } from '../policy/policy.ts'
import { inWords, isObject } from '../policy/properties.ts'
import { amountOf } from '../settings/kinds.ts'
import { isDnsLabel, isSubdomain } from '../settings/kubernetes-kinds.ts'

/** Problem of an object or a part of one, and its path. */
export interface Problem {
  readonly path: readonly string[]
  readonly says: string
}

/** Returns what is wrong with a value, which is neither missing nor unknown. Undefined if it is valid. */
export type Check = (value: unknown) => string | undefined

/** Prefixes the paths of problems. */
export const within = (path: readonly (string | number)[], problems: readonly Problem[]): Problem[] =>
  problems.map((problem) => ({ ...problem, path: [...path.map(String), ...problem.path] }))

export const problemAt = (path: readonly (string | number)[], says: string): Problem => ({
  path: path.map(String),
  says,
})

/** A condition under which there is a problem. */
export const when = (isWrong: boolean, path: readonly (string | number)[], says: string): Problem[] =>
  isWrong ? [problemAt(path, says)] : []

/** Whether a value is known only during `up`, or encrypted. */
export const isUnknown = (value: unknown) => [UNKNOWN, SECRET].includes(value as string)

export const isGiven = (value: unknown) => value !== undefined && value !== null

/** Checks the values at some paths, with dots between their keys. Missing and unknown values are skipped. */
export function checked(group: Properties, checks: Readonly<Record<string, Check>>): Problem[] {
  return Object.entries(checks).flatMap(([path, check]) => {
    const keys = path.split('.')
    const value = keys.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), group)
    const says = !isGiven(value) || isUnknown(value) ? undefined : check(value)
    return says === undefined ? [] : [{ path: keys, says }]
  })
}

const got = (value: unknown) => `got ${JSON.stringify(value)}`

/** Most that a field of 32 bits holds. */
export const LARGEST = 2_147_483_647

/** A number within limits. A text is left to the schema. */
export const from =
  (least: number, most: number = Number.POSITIVE_INFINITY): Check =>
  (value) => {
    if (typeof value !== 'number' || (value >= least && value <= most)) return undefined
    const range = most >= LARGEST ? `${least} or more` : `from ${least} to ${most}`
    return `must be ${range}, got ${value}`
  }

/** @param what the kind of value, such as "the name of a Secret" */
export const matching =
  (isRight: (value: string) => boolean, what: string): Check =>
  (value) =>
    typeof value !== 'string' || isRight(value) ? undefined : `must be ${what}, ${got(value)}`

export const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(String(value)) ? undefined : `must be ${alternatives(words)}, ${got(value)}`

function alternatives(words: readonly string[]): string {
  return words.length > 3 ? `one of ${words.join(', ')}` : words.join(' or ')
}

export const port = from(1, 65535)
export const protocol = oneOf('TCP', 'UDP', 'SCTP')
export const userId = from(0, LARGEST)
export const subdomain = matching(isSubdomain, 'an object name of lower-case letters, digits, "-" and "."')
export const dnsLabel = matching(isDnsLabel, 'up to 63 lower-case letters, digits and inner "-"')
export const filled: Check = (value) => (Array.isArray(value) && value.length === 0 ? 'must not be empty' : undefined)

const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/

export const portName = matching(
  (value) => PORT_NAME.test(value),
  'up to 15 lower-case letters, digits and inner hyphens',
)

/** The number or the name of a port. */
export const portOrName: Check = (value) => (typeof value === 'string' ? portName(value) : port(value))

export const quantityFrom =
  (least: number, what: string): Check =>
  (value) =>
    amountOf(value) < least ? `must be ${what}, ${got(value)}` : undefined

/** Path of a file inside a volume. */
export const pathInside: Check = (value) => {
  const isOut =
    typeof value === 'string' && (value.startsWith('/') || value.startsWith('..') || value.split('/').includes('..'))
  return isOut ? `must be a path inside the volume, without "..", ${got(value)}` : undefined
}

/** A number of pods, or a share of them. @param most of a share, in percent */
export const share =
  (most: number = Number.POSITIVE_INFINITY): Check =>
  (value) => {
    const [, percent] = /^(\d+)%$/.exec(String(value)) ?? []
    const isRight = typeof value === 'string' ? percent !== undefined && Number(percent) <= most : Number(value) >= 0
    const limit = most === Number.POSITIVE_INFINITY ? '' : ` of ${most}% or less`
    return isRight ? undefined : `must be a number, or percent such as 25%${limit}, ${got(value)}`
  }

/** A group in which exactly one of some keys is set. */
export function exactlyOne(given: Properties, keys: readonly string[]): Problem[] {
  const own = Object.keys(given).filter((key) => keys.includes(key) && isGiven(given[key]))
  const says = `must have exactly one of ${keys.join(', ')}, but has ${own.join(' and ') || 'none'}`
  return own.length === 1 ? [] : [{ path: [], says }]
}

/** Reports each later entry whose key an earlier one has. */
export function duplicates(list: string, entries: readonly Properties[], key: string): Problem[] {
  const values = entries.map((entry) => entry[key])
  return values.flatMap((value, at) =>
    isGiven(value) && !isUnknown(value) && values.indexOf(value) < at
      ? [problemAt([list, at, key], `is a duplicate of ${inWords(value)}; remove one of them`)]
      : [],
  )
}

/** Checks a part of an object as the setting of that kind is checked. Fields that are unknown are left to the schema. */
export function asSetting(kind: z.ZodType, value: unknown, path: readonly string[] = []): Problem[] {
  if (!isGiven(value) || isUnknown(value)) return []
  const issues = kind.safeParse(value, { reportInput: true }).error?.issues ?? []
  const known = issues.filter(({ code }) => code !== 'unrecognized_keys' && code !== 'invalid_type')
  return within(
    path,
    known.map((issue) => problemAt(issue.path.map(String), issue.message)),
  )
}
