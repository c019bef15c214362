import { isGroup } from '../config.ts'
import { DESCRIBED, type Described } from '../described.ts'
import type { Values } from '../schema.ts'
import { type Given, isGiven } from './given.ts'

/** Returns the faults of settings that have no effect on the target. */
export function ofTarget({ target }: Values, given: Given): string[] {
  return DESCRIBED.flatMap((one) => strangers(one, given, target)).map(
    (key) =>
      `${key} is only for target ${other(target)}, but target is ${target}; remove it or set target to ${other(target)}`,
  )
}

const other = (target: Values['target']) => (target === 'docker' ? 'kubernetes' : 'docker')

function strangers(one: Described, given: Given, target: Values['target']): string[] {
  const name = one.key.slice(one.key.lastIndexOf('.') + 1)
  const value = given[name]
  if (value === undefined) return []
  // Pulumi also passes defaults, so a setting with its default value, or an empty group, may not have been set.
  if (one.target !== undefined && one.target !== target) {
    const isSaid = isGiven(given, name) || one.key.includes('.')
    return isSaid && value !== one.default ? [one.key] : []
  }
  return isGroup(value) ? (one.inside ?? []).flatMap((inner) => strangers(inner, value, target)) : []
}
