import { parseArgs } from 'node:util'

/** Options that a benchmark does not take, or needs. The message lists those that it takes. */
export class WrongOptions extends Error {}

/**
 * Returns the values of `--name value` options. Options without a default are required.
 * @throws WrongOptions
 */
export function optionsOf<Name extends string>(
  given: readonly string[],
  defaults: Readonly<Record<Name, string | undefined>>,
): Record<Name, string> {
  const names = Object.keys(defaults) as Name[]
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  const values = parsed(given, options, defaults)
  const found = names.map((name) => [name, values[name] ?? defaults[name]] as const)
  const missing = found.filter(([, value]) => value === undefined).map(([name]) => `--${name}`)
  if (missing.length > 0) throw new WrongOptions(`Set ${missing.join(' and ')}. ${taken(defaults)}`)
  return Object.fromEntries(found) as Record<Name, string>
}

function parsed(
  given: readonly string[],
  options: Record<string, { type: 'string' }>,
  defaults: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  try {
    return parseArgs({ args: [...given], options }).values
  } catch (error) {
    throw new WrongOptions(`${(error as Error).message}. ${taken(defaults)}`, { cause: error })
  }
}

function taken(defaults: Readonly<Record<string, string | undefined>>): string {
  const each = Object.entries(defaults).map(([name, value]) => `--${name} ${value || name.toUpperCase()}`)
  return `The options are: ${each.join(', ')}`
}
