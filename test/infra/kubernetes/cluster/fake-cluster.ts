import { Refused } from '../../../../infra/faults.ts'
import type { Access, Kubectl, Read } from '../../../../infra/kubernetes/cluster/kubectl.ts'
import type { ContainerStatus, KubeEvent, Pod } from '../../../../infra/kubernetes/cluster/objects.ts'
import type { LogLine } from '../../../../infra/log-lines.ts'
import type { Ended } from '../../../../infra/processes.ts'

export const NOW = new Date('2026-11-21T12:00:00Z')

export const labelsOf = (component: string, stack = 'shop') => ({
  'app.kubernetes.io/name': 'codebase-mcp',
  'app.kubernetes.io/instance': stack,
  'app.kubernetes.io/component': component,
})

const GIB = 1024 ** 3

/** API paths of a healthy cluster. */
const SOUND: Readonly<Record<string, unknown>> = {
  '/version': { major: '1', minor: '34', gitVersion: 'v1.34.4' },
  '/api/v1': {},
  '/apis/storage.k8s.io/v1/storageclasses': {
    items: [{ metadata: { name: 'fast', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } }],
  },
  '/api/v1/nodes': { items: [node('4', 16 * GIB), node('4', 16 * GIB)] },
  '/apis/apps/v1/daemonsets': { items: [{ metadata: { name: 'cilium' } }] },
  '/apis/metrics.k8s.io/v1beta1': {},
}

export function node(cpu: string, memory: number, labels: Readonly<Record<string, string>> = {}) {
  return {
    metadata: { name: 'n', labels },
    spec: {},
    status: { allocatable: { cpu, memory: String(memory), 'ephemeral-storage': '900Gi' } },
  }
}

export const FORBIDDEN = Symbol('forbidden')

interface Given {
  readonly contexts?: readonly string[]
  readonly isOnPath?: boolean
  /** Overrides of a healthy cluster by API path. Undefined if the path does not exist, an Error if it fails. */
  readonly at?: Readonly<Record<string, unknown>>
  readonly may?: (access: Access) => boolean
  /** Objects in the namespace. */
  readonly objects?: readonly { readonly kind?: string }[]
  readonly events?: readonly KubeEvent[]
  /** Log lines by pod and container. */
  readonly logs?: Readonly<Record<string, readonly LogLine[]>>
  /** Returns the output of kubectl itself. */
  readonly commands?: (args: readonly string[]) => string
  readonly programs?: (command: readonly string[]) => Partial<Ended>
}

/** Returns a fake of kubectl, and a record of the calls. */
export function fakeKubectl(given: Given = {}) {
  const done: string[] = []
  const at: Readonly<Record<string, unknown>> = { ...SOUND, ...given.at }
  const kubectl: Kubectl = {
    isOnPath: given.isOnPath ?? true,
    contexts: async () => given.contexts ?? ['production'],
    async ask<Found>(path: string): Promise<Found> {
      const value = at[path]
      if (value instanceof Error) throw new Refused(value.message)
      return value as Found
    },
    async read<Found>(path: string): Promise<Read<Found>> {
      const value = at[path.split('?')[0] ?? '']
      if (value === FORBIDDEN || value instanceof Error) return { state: 'unseen' }
      return value === undefined ? { state: 'absent' } : { state: 'found', value: value as Found }
    },
    async list<Item>(kinds: readonly string[]) {
      const isAsked = ({ kind = '' }) => kinds.some((each) => each.startsWith(kind.toLowerCase()))
      const items = kinds.includes('events') ? (given.events ?? []) : (given.objects ?? []).filter(isAsked)
      return items as readonly unknown[] as readonly Item[]
    },
    may: async (accesses) => accesses.map((access) => given.may?.(access) ?? true),
    async command(args) {
      done.push(args.join(' '))
      return given.commands?.(args) ?? ''
    },
    remove: async (objects) => void done.push(...objects.map((object) => `remove ${object}`)),
    log: async (name, { tail }) => {
      const lines = given.logs?.[name]
      if (lines === undefined) throw new Refused(`The log of ${name} cannot be read: it is gone`)
      return lines.slice(tail === undefined ? 0 : -tail)
    },
    async *follow() {},
    async run(pod, command) {
      done.push(`${pod}: ${command.join(' ')}`)
      return { exitCode: 0, output: '', errors: '', ...given.programs?.(command) }
    },
    async runHere(pod, command) {
      done.push(`${pod}: ${command.join(' ')}`)
      return 3
    },
  }
  return { kubectl, done }
}

interface PodFacts {
  readonly phase?: Pod['status']['phase']
  readonly ready?: boolean
  readonly container?: Partial<ContainerStatus>
  /** Why the pod could not be scheduled. */
  readonly homeless?: string
}

/** Returns a healthy pod with these overrides. */
export function pod(
  component: string,
  { phase = 'Running', ready = true, container = {}, homeless }: PodFacts = {},
): Pod {
  const image = `${component}:1`
  return {
    kind: 'Pod',
    metadata: { name: `${component}-1`, labels: labelsOf(component) },
    spec: { containers: [{ name: 'main', image }] },
    status: {
      phase: homeless === undefined ? phase : 'Pending',
      startTime: '2026-11-21T11:00:00Z',
      conditions: [
        { type: 'Ready', status: ready && homeless === undefined ? 'True' : 'False' },
        ...(homeless === undefined
          ? []
          : [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: homeless }]),
      ],
      containerStatuses: homeless === undefined ? [{ name: 'main', image, ready, restartCount: 0, ...container }] : [],
    },
  }
}

export const deployment = (component: string, replicas = 1) => ({
  kind: 'Deployment',
  metadata: { name: component, labels: labelsOf(component) },
  spec: { replicas },
})

export const event = (kind: string, name: string, reason: string, message: string, at = NOW): KubeEvent => ({
  metadata: { name: 'e' },
  type: 'Warning',
  reason,
  message,
  involvedObject: { kind, name },
  lastTimestamp: at.toISOString(),
})
