/** The namespace of every setting. */
export const PROJECT = 'codebase-mcp'

/**
 * Values under their keys without the namespace, out of a stack's configuration as the engine hands it over: each a
 * text that may be JSON. A key with dots, as the CLI's `--config` has it, wins over the group it belongs to.
 */
export function valuesOf(config: Readonly<Record<string, string>>): Record<string, unknown> {
  const entries = Object.entries(config).filter(([key]) => key.startsWith(`${PROJECT}:`))
  // A group comes before its keys.
  const nested = entries
    .toSorted(([one], [other]) => one.length - other.length)
    .map(([key, value]) => {
      const path = key.slice(PROJECT.length + 1).split('.')
      return path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), parsedValue(value))
    })
  return nested.reduce<Group>((values, one) => merged(values, one) as Group, {})
}

type Group = Record<string, unknown>

const isGroup = (value: unknown): value is Group => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The later one wins, key by key. */
function merged(earlier: unknown, later: unknown): unknown {
  if (!isGroup(earlier) || !isGroup(later)) return later
  const both = Object.entries(later).map(([key, value]) => [key, merged(earlier[key], value)])
  return { ...earlier, ...(Object.fromEntries(both) as Group) }
}

function parsedValue(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
