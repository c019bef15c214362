import type { Properties, Subject, Violation } from '../policy/policy.ts'

/** What a stack would be made of. */
export interface Plan {
  /** Of this shape, for whoever reads what another revision wrote. */
  readonly format: typeof FORMAT
  readonly stack: string
  /** In the order in which they are listed. */
  readonly resources: readonly Planned[]
  readonly outputs: Properties
  readonly violations: readonly Violation[]
  /** What the plan cannot know, and what it took instead. */
  readonly notes: readonly string[]
}

export const FORMAT = 1

/** A resource that `up` would make. */
export interface Planned extends Subject {
  /** What the engine knows it by: the types of what it is part of, its own, and its name in the program. */
  readonly id: string
  /** What it was known by before. */
  readonly formerIds: readonly string[]
  /** The name that the provider would give it, but for the end, where the program gives it none. */
  readonly assignedName?: string
  readonly options: PlannedOptions
}

export interface PlannedOptions {
  readonly protect?: true
  readonly retainOnDelete?: true
  readonly deleteBeforeReplace?: true
  readonly replaceOnChanges?: readonly string[]
  readonly ignoreChanges?: readonly string[]
  /** The name of the resource with which it goes. */
  readonly deletedWith?: string
}

/** The configuration of a stack as the engine hands it to the program. */
export interface StackConfig {
  readonly values: Readonly<Record<string, string>>
  /** The keys whose values the engine keeps encrypted. */
  readonly secretKeys: readonly string[]
  readonly notes: readonly string[]
}
