import { Readable } from 'node:stream'
import { Refused } from '../../faults.ts'
import { byTime, type LogLine, type LogWindow } from '../../log-lines.ts'
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
import { clusterLogArguments, clusterLogLineOf } from './container-log.ts'

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

const TIME_LIMIT = '--request-timeout=10s'

interface Groups {
  readonly groups: readonly { readonly name: string; readonly versions: readonly { readonly groupVersion: string }[] }[]
}

export function makeKubectl(environment: NodeJS.ProcessEnv, place: ClusterPlace): Kubectl {
  const run: Run = (args, pipes = {}) => runPiped('kubectl', args, pipes, { env: environment })
  const { context } = place
  const onCluster = context === undefined ? [] : ['--context', context]
  const inNamespace = wordsTo(place)
  return {
    isOnPath: isOnPath('kubectl', environment),
    contexts: async () => linesOf(await outputOf(run, ['config', 'get-contexts', '--output', 'name'])),
    ...readsOf(run, onCluster),
    ...objectsOf(run, inNamespace),
    ...logsOf(run, inNamespace, environment),
    run: (pod, command, pipes = {}) => {
      const input = pipes.input === undefined ? [] : ['--stdin']
      return run([...inNamespace, 'exec', ...input, pod, '--', ...command], pipes)
    },
    runHere: (pod, command, isInteractive) => {
      const flags = ['--stdin', ...(isInteractive ? ['--tty'] : [])]
      return runHere('kubectl', [...inNamespace, 'exec', ...flags, pod, '--', ...command], { env: environment })
    },
  }
}

type Run = (args: readonly string[], pipes?: Pipes) => Promise<Ended>

/** Runs a command that must answer within a time limit. Returns its output. @throws Refused */
async function outputOf(run: Run, args: readonly string[], pipes?: Pipes): Promise<string> {
  const { exitCode, output, errors } = await run([...args, TIME_LIMIT], pipes)
  if (exitCode === NOT_STARTED) throw new Refused(KUBECTL_MISSING)
  // Only the last line explains the failure.
  if (exitCode !== 0) throw new Refused(linesOf(errors).at(-1) ?? `exit code ${exitCode}`)
  return output
}

/** What reads the API of the cluster by its paths. */
function readsOf(run: Run, onCluster: readonly string[]): Pick<Kubectl, 'ask' | 'read' | 'may'> {
  const ask = async <Found>(path: string) =>
    JSON.parse(await outputOf(run, [...onCluster, 'get', '--raw', path])) as Found
  const readObject = async <Found>(words: readonly string[]): Promise<Read<Found>> => {
    const args = ['get', '--ignore-not-found', '--output', 'json', ...words]
    const { exitCode, output } = await run([...onCluster, ...args, TIME_LIMIT])
    if (exitCode !== 0) return { state: 'unseen' }
    return output === '' ? { state: 'absent' } : { state: 'found', value: JSON.parse(output) as Found }
  }
  let served: Promise<ReadonlySet<string>> | undefined
  const isServed = async (api: string) => {
    served ??= ask<Groups>('/apis').then(namesIn)
    return (await served).has(api)
  }
  return {
    ask,
    async read<Found>(path: string): Promise<Read<Found>> {
      const object = objectAt(path)
      if (object !== undefined) return readObject(object)
      const [, api] = /^\/apis\/([^/]+(?:\/[^/]+)?)$/.exec(path) ?? []
      if (api !== undefined && !(await isServed(api))) return { state: 'absent' }
      return ask<Found>(path).then(
        (value) => ({ state: 'found', value }),
        () => ({ state: 'unseen' }),
      )
    },
    async may(accesses) {
      const args = ['create', '--validate=false', '--output', String.raw`jsonpath={.status.allowed}{"\n"}`]
      const input = Readable.from([reviewsOf(accesses)])
      const output = await outputOf(run, [...onCluster, ...args, '--filename', '-'], { input })
      return linesOf(output).map((line) => line === 'true')
    },
  }
}

/** Returns the names of API groups, alone and with each version. */
const namesIn = ({ groups }: Groups): ReadonlySet<string> =>
  new Set(groups.flatMap(({ name, versions }) => [name, ...versions.map((each) => each.groupVersion)]))

function objectsOf(run: Run, inNamespace: readonly string[]): Pick<Kubectl, 'list' | 'command' | 'remove'> {
  return {
    async list<Item>(kinds: readonly string[], selector?: string) {
      const select = selector === undefined ? [] : ['--selector', selector]
      const output = await outputOf(run, [...inNamespace, 'get', kinds.join(','), ...select, '--output', 'json'])
      return (JSON.parse(output) as { readonly items: readonly Item[] }).items
    },
    async command(args, pipes) {
      const { exitCode, output, errors } = await run([...inNamespace, ...args], pipes)
      if (exitCode !== 0) throw new Refused(`kubectl ${args.join(' ')} failed: ${errors.trim()}`)
      return output.trim()
    },
    async remove(objects) {
      if (objects.length === 0) return
      await outputOf(run, [...inNamespace, 'delete', '--ignore-not-found', '--wait=false', ...objects])
    },
  }
}

function logsOf(run: Run, inNamespace: readonly string[], env: NodeJS.ProcessEnv): Pick<Kubectl, 'log' | 'follow'> {
  return {
    async log(name, window) {
      const { exitCode, output, errors } = await run([...inNamespace, ...clusterLogArguments(name, window), TIME_LIMIT])
      if (exitCode !== 0) throw new Refused(`The log of ${name} cannot be read: ${errors.trim()}`)
      return byTime(linesOf(output).flatMap((line) => clusterLogLineOf(line) ?? []))
    },
    async *follow(name, since, signal) {
      const args = [...inNamespace, ...clusterLogArguments(name, { since }, '--follow')]
      for await (const line of streamLines('kubectl', args, { env, signal })) {
        const read = clusterLogLineOf(line)
        if (read !== undefined) yield read
      }
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
