/** Resource in an exported state. */
interface StateResource {
  readonly urn: string
  readonly outputs?: Readonly<Record<string, unknown>>
}

/** State of a stack. */
export interface StackState {
  readonly resources: readonly StateResource[]
  /** URNs of the resources whose operations a killed run left unfinished. */
  readonly pending: readonly string[]
}

/** State in the export format of the CLI. */
export interface Exported {
  readonly deployment?: {
    readonly resources?: readonly StateResource[]
    readonly pending_operations?: readonly { readonly resource: StateResource }[]
  }
}
