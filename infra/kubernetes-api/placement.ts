import type { Properties } from '../policy/policy.ts'
import { listed, listedObjects, under } from '../policy/properties.ts'
import type { Problem } from './checks.ts'

/** What an API server would refuse of a term of pod affinity beyond its schema. */
export function affinityTermProblems(term: Properties): Problem[] {
  const keys = ['matchLabelKeys', 'mismatchLabelKeys']
  const alone = keys.filter((key) => listed(term, key).length > 0 && term.labelSelector === undefined)
  return [
    ...alone.map((key) => ({
      path: [key],
      says: 'goes with a labelSelector, which is missing; add that, or remove it',
    })),
    ...labelKeyProblems(term, keys),
  ]
}

/** Reports label keys that a term compares by key alone although its selector also requires a value for them. */
export function labelKeyProblems(of: Properties, keys: readonly string[]): Problem[] {
  const selector = under(of, 'labelSelector')
  const asked = [
    ...Object.keys(under(selector, 'matchLabels')),
    ...listedObjects(selector, 'matchExpressions').map(({ key }) => key),
  ]
  return keys.flatMap((key) =>
    listed(of, key)
      .filter((label) => asked.includes(label))
      .map((label) => ({
        path: [key],
        says: `has ${String(label)}, which labelSelector has too; remove it there or here`,
      })),
  )
}
