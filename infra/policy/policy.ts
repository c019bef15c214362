import type { PolicyName } from '../settings/policy-names.ts'

export type Properties = Readonly<Record<string, unknown>>

/**
 * A resource as it is registered with the engine. UNKNOWN stands for values that are not known yet, SECRET for
 * encrypted values.
 */
export interface Subject {
  /** Type such as `kubernetes:apps/v1:Deployment`. */
  readonly type: string
  readonly name: string
  readonly inputs: Properties
}

/** Placeholder of a value that the engine keeps encrypted. */
export const SECRET = '[secret]'

/** Placeholder of a value that is known only during `up`. */
export const UNKNOWN = '[unknown]'

export interface Problem {
  /** Path of the property. */
  readonly at: string
  readonly says: string
}

export interface Policy {
  readonly name: PolicyName
  /** Whether a violation is refused or only reported. */
  readonly level: 'mandatory' | 'advisory'
  readonly description: string
  readonly remedy: string
  /**
   * Set if the policy needs inputs in which secrets are marked. Pulumi's engine passes all values to policies in plain
   * text.
   */
  readonly needsMarks?: true
  readonly check: (subject: Subject) => readonly Problem[]
}

export interface Violation extends Problem {
  readonly policy: PolicyName
  readonly level: Policy['level']
  readonly remedy: string
  readonly type: string
  readonly resource: string
}

/**
 * Returns the violations, by policy and then by resource.
 * @param accepted policies that the stack violates on purpose; their violations are advisory
 */
export function violationsOf(
  policies: readonly Policy[],
  subjects: readonly Subject[],
  accepted: readonly PolicyName[] = [],
): Violation[] {
  return policies.flatMap(({ name: policy, level, remedy, check }) =>
    subjects.flatMap((subject) =>
      check(subject).map((problem) => ({
        policy,
        level: accepted.includes(policy) ? ('advisory' as const) : level,
        remedy,
        type: subject.type,
        resource: subject.name,
        ...problem,
      })),
    ),
  )
}
