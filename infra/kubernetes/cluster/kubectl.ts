import { Readable } from 'node:stream'
import { Refused } from '../../faults.ts'
import { byTime, type LogLine, type LogWindow, logLineOf } from '../../log-lines.ts'
import {
  type Ended,
  isOnPath,
  linesOf,
  NOT_STARTED,
  type Pipes,
  runHere,
  runPiped,
  streamLines,
} from '../../processes.ts'

/** Runs `kubectl` on a cluster and one of its namespaces. */
export interface Kubectl {
  readonly isOnPath: boolean
  /** Returns the contexts of the kubeconfig. @throws Refused if it cannot be read */
  contexts(): Promise<readonly string[]>
  /** Gets an API path such as /version. @throws Refused if the request fails */
  ask<Found>(path: string): Promise<Found>
  /** Gets an object, a list or an API group that may not exist or that the user may not be allowed to see. */
  read<Found>(path: string): Promise<Read<Found>>
  /** Lists the objects of several kinds in the namespace. @throws Refused */
  list<Item>(kinds: readonly string[], selector?: string): Promise<readonly Item[]>
  /** Returns whether the user has each permission. @throws Refused */
  may(accesses: readonly Access[]): Promise<readonly boolean[]>
  /** Runs kubectl in the namespace without a timeout. Returns its output. @throws Refused */
  command(args: readonly string[], pipes?: Pick<Pipes, 'input' | 'signal'>): Promise<string>
  /** Deletes objects, given as kind/name, without waiting until they are gone. @throws Refused */
  remove(objects: readonly string[]): Promise<void>
  /**
   * Returns the log of a container in chronological order.
   * @param name POD or POD/CONTAINER
   * @throws Refused
   */
  log(name: string, window: LogWindow): Promise<readonly LogLine[]>
  /** Follows the log of a container from the given time until the container ends. */
  follow(name: string, since: string | undefined, signal: AbortSignal): AsyncIterable<LogLine>
  /** Runs a program in a running pod. */
  run(pod: string, command: readonly string[], pipes?: Pipes): Promise<Ended>
  /** Same as `run`, but on this terminal. Returns the exit code. */
  runHere(pod: string, command: readonly string[], isInteractive: boolean): Promise<number>
}

export type Read<Found> =
  | { readonly state: 'found'; readonly value: Found }
  | { readonly state: 'absent' }
  /** The read failed, usually because of missing permissions. */
  | { readonly state: 'unseen' }

/** Permission for objects of a kind. */
export interface Access {
  readonly verb: string
  readonly group: string
  readonly resource: string
  /** Undefined for cluster-scoped objects. */
  readonly namespace?: string
}

interface ClusterPlace {
  /**
   * Context of the kubeconfig. If undefined, the current context, or the service account of the pod that this runs in.
   */
  readonly context?: string
  readonly namespace: string
}

/** Returns the kubectl options that select a context and a namespace. */
export const wordsTo = ({ context, namespace }: ClusterPlace): string[] => [
  ...(context === undefined ? [] : ['--context', context]),
  '--namespace',
  namespace,
]

const PATIENCE = '--request-timeout=10s'

interface Groups {
  readonly groups: readonly { readonly name: string; readonly versions: readonly { readonly groupVersion: string }[] }[]
}

export function makeKubectl(environment: NodeJS.ProcessEnv, place: ClusterPlace): Kubectl {
  const options = { env: environment }
  const { context } = place
  const at = context === undefined ? [] : ['--context', context]
  const inside = wordsTo(place)
  const ask = (args: readonly string[], pipes: Pipes = {}) => runPiped('kubectl', [...args, PATIENCE], pipes, options)
  const sound = async (args: readonly string[], pipes?: Pipes) => {
    const ended = await ask(args, pipes)
    if (ended.exitCode === NOT_STARTED) throw new Refused(KUBECTL_MISSING)
    // Only the last line explains the failure.
    if (ended.exitCode !== 0) throw new Refused(linesOf(ended.errors).at(-1) ?? `exit code ${ended.exitCode}`)
    return ended.output
  }
  const raw = async <Found>(path: string) => JSON.parse(await sound([...at, 'get', '--raw', path])) as Found
  let groups: Promise<ReadonlySet<string>> | undefined
  const apis = () => {
    groups ??= raw<Groups>('/apis').then(
      (found) =>
        new Set(found.groups.flatMap(({ name, versions }) => [name, ...versions.map((each) => each.groupVersion)])),
    )
    return groups
  }
  return {
    isOnPath: isOnPath('kubectl', environment),
    contexts: async () => linesOf(await sound(['config', 'get-contexts', '--output', 'name'])),
    ask: raw,
    async read<Found>(path: string): Promise<Read<Found>> {
      const object = objectAt(path)
      if (object !== undefined) {
        const { exitCode, output } = await ask([...at, 'get', '--ignore-not-found', '--output', 'json', ...object])
        if (exitCode !== 0) return { state: 'unseen' }
        return output === '' ? { state: 'absent' } : { state: 'found', value: JSON.parse(output) as Found }
      }
      const [, api] = /^\/apis\/([^/]+(?:\/[^/]+)?)$/.exec(path) ?? []
      if (api !== undefined && !(await apis()).has(api)) return { state: 'absent' }
      return raw<Found>(path).then(
        (value) => ({ state: 'found', value }),
        () => ({ state: 'unseen' }),
      )
    },
    async list<Item>(kinds: readonly string[], selector?: string) {
      const select = selector === undefined ? [] : ['--selector', selector]
      const output = await sound([...inside, 'get', kinds.join(','), ...select, '--output', 'json'])
      return (JSON.parse(output) as { readonly items: readonly Item[] }).items
    },
    async may(accesses) {
      const args = ['create', '--validate=false', '--output', String.raw`jsonpath={.status.allowed}{"\n"}`]
      const output = await sound([...at, ...args, '--filename', '-'], { input: Readable.from([reviewsOf(accesses)]) })
      return linesOf(output).map((line) => line === 'true')
    },
    async command(args, pipes = {}) {
      const { exitCode, output, errors } = await runPiped('kubectl', [...inside, ...args], pipes, options)
      if (exitCode !== 0) throw new Refused(`kubectl ${args.join(' ')} failed: ${errors.trim()}`)
      return output.trim()
    },
    async remove(objects) {
      if (objects.length > 0) await sound([...inside, 'delete', '--ignore-not-found', '--wait=false', ...objects])
    },
    async log(name, window) {
      const { exitCode, output, errors } = await ask([...inside, ...clusterLogArguments(name, window)])
      if (exitCode !== 0) throw new Refused(`The log of ${name} cannot be read: ${errors.trim()}`)
      return byTime(linesOf(output).flatMap((line) => clusterLogLineOf(line) ?? []))
    },
    async *follow(name, since, signal) {
      const args = [...inside, ...clusterLogArguments(name, { since }, '--follow')]
      for await (const line of streamLines('kubectl', args, { env: environment, signal })) {
        const read = clusterLogLineOf(line)
        if (read !== undefined) yield read
      }
    },
    run: (pod, command, pipes = {}) => {
      const input = pipes.input === undefined ? [] : ['--stdin']
      return runPiped('kubectl', [...inside, 'exec', ...input, pod, '--', ...command], pipes, options)
    },
    runHere: (pod, command, isInteractive) => {
      const flags = ['--stdin', ...(isInteractive ? ['--tty'] : [])]
      return runHere('kubectl', [...inside, 'exec', ...flags, pod, '--', ...command], options)
    },
  }
}

const KUBECTL_MISSING = 'kubectl is not on the PATH: install it, see https://kubernetes.io/docs/tasks/tools/'

/**
 * Returns the arguments of `kubectl get` for the object at an API path. Undefined if the path is that of a list or an
 * API.
 */
export function objectAt(path: string): string[] | undefined {
  const [, group, version, namespace, resource, name] =
    /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/?]+)\/([^/?]+)$/.exec(path) ?? []
  if (version === undefined || resource === undefined || name === undefined) return undefined
  const kind = group === undefined ? resource : `${resource}.${version}.${group}`
  return [...(namespace === undefined ? [] : ['--namespace', namespace]), kind, name]
}

const reviewsOf = (accesses: readonly Access[]) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: accesses.map((resourceAttributes) => ({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    })),
  })

/** Returns the arguments of `kubectl logs`. @param name POD or POD/CONTAINER */
export function clusterLogArguments(name: string, { since, tail }: LogWindow, ...more: string[]): string[] {
  const [pod = '', container] = name.split('/')
  return [
    'logs',
    '--timestamps',
    ...(since === undefined ? [] : [sinceOf(since)]),
    ...(tail === undefined ? [] : [`--tail=${tail}`]),
    ...more,
    pod,
    ...(container === undefined ? [] : ['--container', container]),
  ]
}

/** Returns the option for a time or an age. */
function sinceOf(since: string): string {
  if (!/^\d{4}-/.test(since)) return `--since=${since}`
  return `--since-time=${since.includes('T') ? since : new Date(since).toISOString()}`
}

/** Parses a line of `kubectl logs --timestamps`. Undefined for messages of kubectl itself. */
export function clusterLogLineOf(line: string): LogLine | undefined {
  const read = logLineOf(line)
  return read === undefined ? undefined : { ...read, time: inUtc(read.time) }
}

/** Converts a time to UTC with nine decimals, so that lines from nodes in different time zones sort as text. */
function inUtc(time: string): string {
  const [, fraction = ''] = /\.(\d+)/.exec(time) ?? []
  const [seconds = ''] = new Date(time).toISOString().split('.')
  return `${seconds}.${fraction.padEnd(9, '0')}Z`
}
