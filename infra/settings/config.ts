import { isDeepStrictEqual } from 'node:util'
import { distanceOf } from './nearest.ts'

/** Namespace of all settings. */
export const PROJECT = 'codebase-mcp'

/** Configuration of a stack, as the engine passes it: each value is a text, which may be JSON. */
export interface Configuration {
  readonly values: Readonly<Record<string, string>>
  /** Keys of encrypted settings, or of groups with an encrypted value. Undefined if unknown. */
  readonly secretKeys?: readonly string[]
}

/** Placeholder of a value that cannot be read, if nothing is known about its form. */
export const STAND_IN = 'encrypted'

export type Group = Record<string, unknown>

export const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Returns the values by key, without the namespace. A key with dots, as in `--config`, overrides that value in its
 * group. Misspelt namespaces and values that are set twice are kept under their full keys, so that they are reported as
 * unknown settings.
 */
export function valuesOf(config: Readonly<Record<string, string>>): Group {
  const entries = Object.entries(config).filter(([key]) => key.startsWith(`${PROJECT}:`))
  // Groups first, so that keys with dots override them.
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

/**
 * Returns the configuration with some settings overridden for one run. A key with dots is set in its group if the
 * configuration has that group.
 */
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

/** Merges groups by key. The later value wins. */
function merged(earlier: unknown, later: unknown): unknown {
  if (!isGroup(earlier) || !isGroup(later)) return later
  const both = Object.entries(later).map(([key, value]) => [key, merged(earlier[key], value)])
  return { ...earlier, ...(Object.fromEntries(both) as Group) }
}

/** Parses a value as JSON, or returns it as text. */
export function parsedValue(value: string): unknown {
  try {
    return JSON.parse(value, (_, inner) => (typeof inner === 'string' ? asDate(inner) : inner))
  } catch {
    return asDate(value)
  }
}

/** Returns a date as the user wrote it. The CLI parses dates and passes them in Go's format. */
const asDate = (text: string) =>
  text.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) \+0000 UTC$/, (_, day, time) =>
    time === '00:00:00' ? day : `${day}T${time}Z`,
  )
