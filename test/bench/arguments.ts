import { parseArgs } from 'node:util'

/** Returns the values of `--name value` options. Options without a default are required. */
export function optionsOf<Name extends string>(
  given: readonly string[],
  defaults: Readonly<Record<Name, string | undefined>>,
): Record<Name, string> {
  const names = Object.keys(defaults) as Name[]
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  const { values } = parseArgs({ args: [...given], options })
  const found = names.map((name) => [name, values[name] ?? defaults[name]] as const)
  const missing = found.filter(([, value]) => value === undefined).map(([name]) => `--${name}`)
  if (missing.length > 0) throw new Error(`Set ${missing.join(' and ')}`)
  return Object.fromEntries(found) as Record<Name, string>
}
