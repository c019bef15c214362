import { isGroup } from '../config.ts'
import { DESCRIBED, type Described } from '../described.ts'
import type { Values } from '../schema.ts'
import { type Given, isGiven } from './given.ts'

/** What is set and means nothing where the stack runs. */
export function ofTarget({ target }: Values, given: Given): string[] {
  return DESCRIBED.flatMap((one) => strangers(one, given, target)).map(
    (key) =>
      `${key} is for target ${other(target)} alone, and target is ${target}; remove it, or set target ${other(target)}`,
  )
}

const other = (target: Values['target']) => (target === 'docker' ? 'kubernetes' : 'docker')

function strangers(one: Described, given: Given, target: Values['target']): string[] {
  const name = one.key.slice(one.key.lastIndexOf('.') + 1)
  const value = given[name]
  if (value === undefined) return []
  // Pulumi hands its defaults over too, so that nobody can tell whether one was said.
  if (one.target !== undefined && one.target !== target)
    return isGiven(given, name) && value !== one.default ? [one.key] : []
  return isGroup(value) ? (one.inside ?? []).flatMap((inner) => strangers(inner, value, target)) : []
}
