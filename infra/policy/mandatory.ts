import { Refused } from '../faults.ts'
import type { Violation } from './policy.ts'

const isMandatory = ({ level }: Violation) => level === 'mandatory'

const wordsOf = ({ type, resource, at, says }: Violation) =>
  `${type.slice(type.lastIndexOf(':') + 1)} ${resource}: ${at} ${says}`

/** What breaks a mandatory policy, one line each, with the remedy. */
export const violationLines = (violations: readonly Violation[]): readonly string[] =>
  violations
    .filter(isMandatory)
    .map((each) => `The policy ${each.policy} is violated by ${wordsOf(each)}. ${each.remedy}`)

/** @throws Refused with all violations of mandatory policies */
export function refuseViolations(violations: readonly Violation[]): void {
  const broken = Map.groupBy(violations.filter(isMandatory), ({ policy }) => policy)
  if (broken.size === 0) return
  const lines = [...broken].flatMap(([policy, alike]) => [
    `- The policy ${policy} is violated. ${alike[0]?.remedy}:`,
    ...alike.map((each) => `  - ${wordsOf(each)}`),
  ])
  throw new Refused(
    [
      'Before this can run:',
      ...lines,
      `If this is intended, add to the settings: acceptedPolicies: [${[...broken.keys()].join(', ')}]`,
    ].join('\n'),
  )
}
