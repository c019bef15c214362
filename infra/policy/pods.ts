import type { Properties, Subject } from './policy.ts'
import { inWords, listedObjects, under } from './properties.ts'

/** What a Kubernetes object runs. */
export interface Pod {
  /** The path of its specification. */
  readonly at: string
  /** The path of what it is made after; absent where the object is the pod itself. */
  readonly template?: string
  readonly spec: Properties
  readonly labels: Properties
  readonly containers: readonly Container[]
}

export interface Container {
  /** Its path. */
  readonly at: string
  /** Whether it has to go on running; else it ends, as that of a Job does. */
  readonly stays: boolean
  readonly spec: Properties
}

const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  Pod: [],
}

const ENDING: ReadonlySet<string> = new Set(['Job', 'CronJob'])

export const isKubernetes = ({ type }: Subject) => type.startsWith('kubernetes:')

/** The kind of a Kubernetes object; undefined for any other resource. */
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
  const of = (key: string, staying: (container: Properties) => boolean) =>
    listedObjects(spec, key).map((container) => ({
      at: `${at}.${key}[${inWords(container.name)}]`,
      stays: staying(container),
      spec: container,
    }))
  // What is started before the others and is always restarted runs beside them.
  return [
    ...of('initContainers', ({ restartPolicy }) => stays && restartPolicy === 'Always'),
    ...of('containers', () => stays),
  ]
}
