import { type ResourceValidationPolicy, UnknownValueError } from '@pulumi/policy'
import { type Policy, type Properties, UNKNOWN } from './policy.ts'

/**
 * Converts the policies for Pulumi's engine, except those that need marked secrets, which the engine does not provide.
 */
export const forPulumi = (policies: readonly Policy[]): ResourceValidationPolicy[] =>
  policies
    .filter(({ needsMarks }) => needsMarks !== true)
    .map(({ name, level, description, remedy, check }) => ({
      name,
      description,
      enforcementLevel: level,
      validateResource({ type, name: resource, props }, report) {
        for (const { at, says } of check({ type, name: resource, inputs: known(props) as Properties })) {
          report(`${at} ${says}. ${remedy}.`)
        }
      },
    }))

/** Copies the inputs, with UNKNOWN for values whose access throws because they are not known yet. */
function known(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value.keys(), (index) => read(value, index))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(value, key)]))
}

function read(holder: object, key: string | number): unknown {
  try {
    return known((holder as Readonly<Record<string | number, unknown>>)[key])
  } catch (error) {
    if (error instanceof UnknownValueError) return UNKNOWN
    throw error
  }
}
