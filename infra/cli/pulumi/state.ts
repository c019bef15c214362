/** A resource as an exported state holds it. */
interface StateResource {
  readonly urn: string
  readonly outputs?: Readonly<Record<string, unknown>>
}

/** What Pulumi remembers of a stack. */
export interface StackState {
  readonly resources: readonly StateResource[]
  /** The URNs of what operations that a killed run began were about. */
  readonly pending: readonly string[]
}

/** A state as the CLI exports it. */
export interface Exported {
  readonly deployment?: {
    readonly resources?: readonly StateResource[]
    readonly pending_operations?: readonly { readonly resource: StateResource }[]
  }
}
