import type { Properties, Subject } from './policy.ts'
import { inWords, listedObjects, under } from './properties.ts'

/** The pod that a Kubernetes object runs, or its template. */
export interface Pod {
  /** Path of the pod's spec. */
  readonly at: string
  /** Path of the pod template. Undefined if the object is a pod. */
  readonly template?: string
  readonly spec: Properties
  readonly labels: Properties
  readonly containers: readonly Container[]
}

export interface Container {
  /** Path of the container. */
  readonly at: string
  /** Whether it is the container that the pod is for, and runs indefinitely. Sidecars and those of Jobs are not. */
  readonly stays: boolean
  readonly spec: Properties
}

/** Where an object of each kind has the template of its pods. */
export const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  Pod: [],
}

/** Kinds whose pods run to their end. */
export const ENDING: ReadonlySet<string> = new Set(['Job', 'CronJob'])

export const isKubernetes = ({ type }: Subject) => type.startsWith('kubernetes:')

/** Returns the kind of a Kubernetes object. Undefined for other resources. */
export const kindOf = ({ type }: Subject) =>
  type.startsWith('kubernetes:') ? type.slice(type.lastIndexOf(':') + 1) : undefined

export function podOf(subject: Subject): Pod | undefined {
  const kind = kindOf(subject) ?? ''
  const way = TEMPLATES[kind]
  if (way === undefined) return undefined
  const template = under(subject.inputs, ...way)
  const at = [...way, 'spec'].join('.')
  const spec = under(template, 'spec')
  const stays = !ENDING.has(kind) && (spec.restartPolicy ?? 'Always') === 'Always'
  const made = way.length === 0 ? {} : { template: way.join('.') }
  return { at, ...made, spec, labels: under(template, 'metadata', 'labels'), containers: containersOf(spec, at, stays) }
}

function containersOf(spec: Properties, at: string, stays: boolean): Container[] {
  return ['initContainers', 'containers'].flatMap((key) =>
    listedObjects(spec, key).map((container, index) => ({
      at: `${at}.${key}[${inWords(container.name)}]`,
      stays: stays && key === 'containers' && index === 0,
      spec: container,
    })),
  )
}
