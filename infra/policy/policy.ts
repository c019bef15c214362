import type { PolicyName } from '../settings/policy-names.ts'

export type Properties = Readonly<Record<string, unknown>>

/** A resource as the engine is told of it. What is not known yet stands there as UNKNOWN, what is encrypted as SECRET. */
export interface Subject {
  /** Such as `kubernetes:apps/v1:Deployment`. */
  readonly type: string
  readonly name: string
  readonly inputs: Properties
}

/** In place of a value that the engine keeps encrypted. */
export const SECRET = '[secret]'

/** In place of a value that only `up` finds out. */
export const UNKNOWN = '[unknown]'

export interface Problem {
  /** The path of the property. */
  readonly at: string
  readonly says: string
}

export interface Policy {
  readonly name: PolicyName
  /** Whether what breaks it is refused or only told. */
  readonly level: 'mandatory' | 'advisory'
  readonly description: string
  readonly remedy: string
  /** Set where it can only be kept to by inputs in which what is encrypted is marked: Pulumi's own engine hands policies all in plain. */
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
 * What of the resources breaks which policy, by policy and then by resource.
 * @param accepted policies that are broken on purpose, so that they are advice
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
