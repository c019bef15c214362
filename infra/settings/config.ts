/** The namespace of every setting. */
export const PROJECT = 'codebase-mcp'

/**
 * Values under their keys without the namespace, out of a stack's configuration as the engine hands it over: each a
 * text that may be JSON. A key with dots, as the CLI's `--config` has it, wins over the group it belongs to.
 */
export function valuesOf(config: Readonly<Record<string, string>>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  const entries = Object.entries(config).filter(([key]) => key.startsWith(`${PROJECT}:`))
  for (const [key, value] of entries) {
    const [head = '', ...rest] = key.slice(PROJECT.length + 1).split('.')
    const known = values[head]
    if (rest.length === 0) values[head] = merged(parsedValue(value), known)
    else values[head] = merged({ [rest.join('.')]: parsedValue(value) }, known)
  }
  return values
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function merged(value: unknown, known: unknown): unknown {
  return isObject(value) && !Array.isArray(value) && isObject(known) ? { ...known, ...value } : value
}

function parsedValue(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
