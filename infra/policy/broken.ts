import { Refused } from '../faults.ts'
import type { Violation } from './policy.ts'

/** What breaks a mandatory policy, one line each. */
export const brokenLines = (violations: readonly Violation[]): readonly string[] =>
  violations
    .filter(({ level }) => level === 'mandatory')
    .map(
      ({ policy, type, resource, at, says, remedy }) =>
        `${type.slice(type.lastIndexOf(':') + 1)} ${resource} breaks the policy ${policy}: ${at} ${says}. ${remedy}`,
    )

/** @throws Refused with all that breaks a mandatory policy */
export function refuseBroken(violations: readonly Violation[]): void {
  const lines = brokenLines(violations)
  if (lines.length === 0) return
  const names = new Set(violations.filter(({ level }) => level === 'mandatory').map(({ policy }) => policy))
  throw new Refused(
    [
      'Before this can run:',
      ...lines.map((line) => `- ${line}`),
      `Where it is meant, add to the settings: acceptedPolicies: [${[...names].join(', ')}]`,
    ].join('\n'),
  )
}
