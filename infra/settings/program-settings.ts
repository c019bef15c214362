import { RunError } from '@pulumi/pulumi'
import { type Configuration, type Group, isGroup, PROJECT, valuesOf } from './config.ts'
import { Hidden } from './hidden.ts'
import { checkedSettings, type Settings, SettingsFault } from './settings.ts'

interface Surroundings<Target> {
  readonly target: Target
  readonly folders?: (entries: readonly string[]) => readonly string[]
}

/**
 * Validates the settings that a program passes to a component. Known `Hidden` values are treated as encrypted.
 * @throws RunError with all faults, and without a stack trace, because the fault is not in the program
 */
export function settingsOfArgs<Target extends Settings['target']>(
  args: object,
  { target, ...stages }: Surroundings<Target>,
): Extract<Settings, { target: Target }> {
  const secretKeys: string[] = []
  const revealed = (value: unknown, key: string): unknown => {
    if (value instanceof Hidden && value.isKnown) {
      secretKeys.push(key)
      return value.reveal()
    }
    if (isOutput(value)) return value
    if (Array.isArray(value)) return value.map((each) => revealed(each, key))
    return isGroup(value) ? mapped(value, (each, name) => revealed(each, `${key}.${name}`)) : value
  }
  const given = mapped(args as Group, (each, name) => revealed(each, `${PROJECT}:${name}`))
  try {
    return checkedSettings({ target, ...given }, { ...stages, secretKeys }) as Extract<Settings, { target: Target }>
  } catch (error) {
    throw error instanceof SettingsFault ? new RunError(error.message) : error
  }
}

/** Converts a stack's configuration to arguments. Texts in encrypted groups become `Hidden`. */
export function argsOfConfig({ values, secretKeys = [] }: Configuration): Group {
  const hidden = (value: unknown): unknown => {
    if (typeof value === 'string') return new Hidden(value)
    if (Array.isArray(value)) return value.map(hidden)
    return isGroup(value) ? mapped(value, hidden) : value
  }
  const at = (value: unknown, key: string): unknown => {
    if (secretKeys.includes(key)) return hidden(value)
    return isGroup(value) ? mapped(value, (each, name) => at(each, `${key}.${name}`)) : value
  }
  return mapped(valuesOf(values), (value, name) => at(value, `${PROJECT}:${name}`))
}

const mapped = (group: Group, change: (value: unknown, name: string) => unknown): Group =>
  Object.fromEntries(Object.entries(group).map(([name, value]) => [name, change(value, name)]))

const isOutput = (value: unknown) => typeof value === 'object' && value !== null && '__pulumiOutput' in value
