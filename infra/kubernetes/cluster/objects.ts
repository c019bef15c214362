/** Relevant part of an object's metadata. */
interface Metadata {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly ownerReferences?: readonly object[]
}

export interface KubeObject {
  readonly kind?: string
  readonly metadata: Metadata
}

export interface Items<Item> {
  readonly items: readonly Item[]
}

type Amounts = Readonly<Record<string, string>>

interface Container {
  readonly name: string
  readonly image: string
  readonly resources?: { readonly requests?: Amounts; readonly limits?: Amounts }
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

interface Terminated {
  readonly exitCode: number
  readonly reason?: string
  readonly message?: string
  readonly finishedAt?: string
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly running?: { readonly startedAt?: string }
  readonly terminated?: Terminated
}

export interface ContainerStatus {
  readonly name: string
  readonly image: string
  readonly imageID?: string
  readonly ready: boolean
  readonly restartCount: number
  readonly state?: ContainerState
  readonly lastState?: ContainerState
}

export interface Pod extends KubeObject {
  readonly spec: { readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] }
  readonly status: {
    readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
    readonly startTime?: string
    readonly reason?: string
    readonly message?: string
    readonly conditions?: readonly Condition[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}

/** Deployment or StatefulSet. */
export interface Workload extends KubeObject {
  readonly spec: { readonly replicas?: number }
}

export interface Job extends KubeObject {
  readonly status: { readonly succeeded?: number; readonly failed?: number; readonly conditions?: readonly Condition[] }
}

export interface Claim extends KubeObject {
  readonly spec: { readonly storageClassName?: string; readonly resources?: Container['resources'] }
  readonly status: { readonly phase: string }
}

export interface KubeEvent extends KubeObject {
  readonly type: string
  readonly reason: string
  readonly message: string
  /** Number of occurrences. */
  readonly count?: number
  readonly involvedObject: { readonly kind: string; readonly name: string }
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly series?: { readonly lastObservedTime?: string } | null
}

export interface Node extends KubeObject {
  readonly spec: { readonly unschedulable?: boolean }
  readonly status: { readonly allocatable: Amounts }
}

export interface Quota extends KubeObject {
  readonly spec: { readonly scopes?: readonly string[]; readonly scopeSelector?: object }
  readonly status?: { readonly hard?: Amounts; readonly used?: Amounts }
}

const COMPONENT = 'app.kubernetes.io/component'
const INSTANCE = 'app.kubernetes.io/instance'

/** Returns the component that an object of the stack belongs to. */
export const componentOf = ({ metadata }: KubeObject) => metadata.labels?.[COMPONENT] ?? ''

/** Returns the stack that an object belongs to. */
export const stackOf = ({ metadata }: KubeObject) => metadata.labels?.[INSTANCE]

/** Returns the label selector of all objects of a stack. */
export const selectorOf = (stack: string) => `app.kubernetes.io/name=codebase-mcp,${INSTANCE}=${stack}`

/** Returns the last time that an event occurred. */
export const lastSeen = ({ series, lastTimestamp, eventTime }: KubeEvent) =>
  new Date(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? 0)
