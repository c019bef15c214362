import { isDeepStrictEqual } from 'node:util'
import { distanceOf } from './nearest.ts'

/** The namespace of every setting. */
export const PROJECT = 'codebase-mcp'

/** The configuration of a stack as the engine hands it over: each value is a text that may be JSON. */
export interface Configuration {
  readonly values: Readonly<Record<string, string>>
  /** The keys whose values the engine keeps encrypted, each a setting or the group that has one; undefined where nobody knows. */
  readonly secretKeys?: readonly string[]
}

/** What takes the place of a value that cannot be read, where nothing is known of its form. */
export const STAND_IN = 'encrypted'

export type Group = Record<string, unknown>

export const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Values under their keys without the namespace. A key with dots, as the CLI's `--config` has it, wins over the group it
 * belongs to. A group without anything in it is as if it were not there. Keys under a namespace that is nearly the
 * project's, so that nothing of them would count, stay as they are, and are no settings; so does a key with dots that the
 * group has too, with another value.
 */
export function valuesOf(config: Readonly<Record<string, string>>): Group {
  const entries = Object.entries(config).filter(([key]) => key.startsWith(`${PROJECT}:`))
  // A group comes before its keys.
  const nested = entries
    .toSorted(([one], [other]) => one.length - other.length)
    .map(([key, value]) => {
      const path = key.slice(PROJECT.length + 1).split('.')
      return path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), parsedValue(value))
    })
  const stray = Object.entries(config).filter(([key, value]) => isMisspelt(key) || isSetTwice(key, value, config))
  return nested.reduce<Group>((values, one) => merged(values, one) as Group, Object.fromEntries(stray))
}

function isSetTwice(key: string, value: string, config: Readonly<Record<string, string>>): boolean {
  const [group = '', ...path] = key.split('.')
  if (path.length === 0 || !key.startsWith(`${PROJECT}:`)) return false
  const inner = path.reduce<unknown>(
    (outer, part) => (isGroup(outer) ? outer[part] : undefined),
    parsedValue(config[group] ?? ''),
  )
  const meant = typeof inner === 'string' ? parsedValue(inner) : inner
  return inner !== undefined && !isGroup(inner) && !isDeepStrictEqual(meant, parsedValue(value))
}

/** A configuration in which some settings have other values, for one run: in their group, where that is set. */
export function overridden(
  config: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const all: Record<string, string> = { ...config }
  for (const [key, value] of Object.entries(settings)) {
    const [group = '', ...path] = key.split('.')
    const values = parsedValue(all[group] ?? '')
    const isInside = path.length > 0 && key.startsWith(`${PROJECT}:`) && isGroup(values)
    if (isInside) delete all[key]
    const one = path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), parsedValue(value))
    all[isInside ? group : key] = isInside ? JSON.stringify(merged(values, one)) : value
  }
  return all
}

function isMisspelt(key: string): boolean {
  const namespace = key.slice(0, key.indexOf(':'))
  return namespace !== PROJECT && distanceOf(namespace, PROJECT) <= 3
}

/** The later one wins, key by key. */
function merged(earlier: unknown, later: unknown): unknown {
  if (!isGroup(earlier) || !isGroup(later)) return later
  const both = Object.entries(later).map(([key, value]) => [key, merged(earlier[key], value)])
  return { ...earlier, ...(Object.fromEntries(both) as Group) }
}

/** A value as it was meant: JSON, or text. */
export function parsedValue(value: string): unknown {
  try {
    return JSON.parse(value, (_, inner) => (typeof inner === 'string' ? asDate(inner) : inner))
  } catch {
    return asDate(value)
  }
}

/** A date as it was written, where the CLI has read one: it tells of it as its own language writes times. */
const asDate = (text: string) =>
  text.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) \+0000 UTC$/, (_, day, time) =>
    time === '00:00:00' ? day : `${day}T${time}Z`,
  )
