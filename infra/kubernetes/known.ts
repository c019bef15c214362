import { Output } from '@pulumi/pulumi'
import { UNKNOWN } from '../policy/policy.ts'
import { isObject } from '../policy/properties.ts'

/** Replaces values that are known only during `up` by UNKNOWN. */
export function known(value: unknown): unknown {
  if (Output.isInstance(value)) return UNKNOWN
  if (Array.isArray(value)) return value.map(known)
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, known(each)]])),
      )
    : value
}
