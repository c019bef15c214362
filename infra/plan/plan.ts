import type { Properties, Subject, Violation } from '../policy/policy.ts'

/** Resources and outputs of a stack, as `up` would create them. */
export interface Plan {
  /** Version of this format, for comparison with other revisions. */
  readonly format: typeof FORMAT
  readonly stack: string
  /** Resources in the order in which they are listed. */
  readonly resources: readonly Planned[]
  readonly outputs: Properties
  readonly violations: readonly Violation[]
  /** Values that the plan cannot know, and the placeholders that it uses. */
  readonly notes: readonly string[]
}

export const FORMAT = 1

/** A resource that `up` would create. */
export interface Planned extends Subject {
  /** Identity in the engine: the types of its ancestors and its own, and its name in the program. */
  readonly id: string
  /** Identities from its aliases. */
  readonly formerIds: readonly string[]
  /** Generated name, without its random suffix. Undefined if the program names the object. */
  readonly assignedName?: string
  readonly options: PlannedOptions
}

export interface PlannedOptions {
  readonly protect?: true
  readonly retainOnDelete?: true
  readonly deleteBeforeReplace?: true
  readonly replaceOnChanges?: readonly string[]
  readonly ignoreChanges?: readonly string[]
  /** Name of the resource whose deletion includes this one. */
  readonly deletedWith?: string
}

/** Configuration of a stack, as the engine passes it to the program. */
export interface StackConfig {
  readonly values: Readonly<Record<string, string>>
  /** Keys whose values the engine keeps encrypted. */
  readonly secretKeys: readonly string[]
  readonly notes: readonly string[]
}
