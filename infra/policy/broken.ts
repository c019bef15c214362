import { Refused } from '../faults.ts'
import type { Violation } from './policy.ts'

/** Returns one line for each violation of a mandatory policy. */
export const brokenLines = (violations: readonly Violation[]): readonly string[] =>
  violations
    .filter(({ level }) => level === 'mandatory')
    .map(
      ({ policy, type, resource, at, says, remedy }) =>
        `${type.slice(type.lastIndexOf(':') + 1)} ${resource} violates the policy ${policy}: ${at} ${says}. ${remedy}`,
    )

/** @throws Refused with all violations of mandatory policies */
export function refuseBroken(violations: readonly Violation[]): void {
  const lines = brokenLines(violations)
  if (lines.length === 0) return
  const names = new Set(violations.filter(({ level }) => level === 'mandatory').map(({ policy }) => policy))
  throw new Refused(
    [
      'Before this can run:',
      ...lines.map((line) => `- ${line}`),
      `If this is intended, add to the settings: acceptedPolicies: [${[...names].join(', ')}]`,
    ].join('\n'),
  )
}
