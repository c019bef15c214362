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

/** One cluster, and a namespace on it, through the command line `kubectl`. */
export interface Kubectl {
  readonly isOnPath: boolean
  /** The contexts of the kubeconfig. @throws Refused where that cannot be read */
  contexts(): Promise<readonly string[]>
  /** What the API server has at a path such as /version. @throws Refused where it gives none */
  ask<Found>(path: string): Promise<Found>
  /** The same of an object, a list or an API, which need not be there, or may be kept from whoever asks. */
  read<Found>(path: string): Promise<Read<Found>>
  /** The objects of several kinds in the namespace. @throws Refused */
  list<Item>(kinds: readonly string[], selector?: string): Promise<readonly Item[]>
  /** Whether whoever asks may do each of these. @throws Refused */
  may(accesses: readonly Access[]): Promise<readonly boolean[]>
  /** Runs kubectl in the namespace, for as long as that takes; what it wrote. @throws Refused */
  command(args: readonly string[], pipes?: Pick<Pipes, 'input' | 'signal'>): Promise<string>
  /** Removes objects, each written as kind/name, without waiting for their end. @throws Refused */
  remove(objects: readonly string[]): Promise<void>
  /** What a container wrote, by time. @param name of the pod, and after a "/" that of the container. @throws Refused */
  log(name: string, window: LogWindow): Promise<readonly LogLine[]>
  /** What a container wrote since then and writes from now on, until it ends. */
  follow(name: string, since: string | undefined, signal: AbortSignal): AsyncIterable<LogLine>
  /** Runs a program in a pod that runs. */
  run(pod: string, command: readonly string[], pipes?: Pipes): Promise<Ended>
  /** The same at this terminal; its exit code. */
  runHere(pod: string, command: readonly string[], isInteractive: boolean): Promise<number>
}

export type Read<Found> =
  | { readonly state: 'found'; readonly value: Found }
  | { readonly state: 'absent' }
  /** Mostly for want of permission. */
  | { readonly state: 'unseen' }

/** What somebody wants to do with objects of a kind. */
export interface Access {
  readonly verb: string
  readonly group: string
  readonly resource: string
  /** Absent for what is in no namespace. */
  readonly namespace?: string
}

interface ClusterPlace {
  /** Of the kubeconfig; its current one, or the account of the pod that this runs in, where it is left out. */
  readonly context?: string
  readonly namespace: string
}

/** The words of a command line by which it gets to a place. */
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
    // The lines before the last are of use to nobody.
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
      if (exitCode !== 0) throw new Refused(`kubectl ${args.join(' ')}: ${errors.trim()}`)
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

/** The words of `kubectl get` for the object at a path of the API; undefined where a list or an API is there. */
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

/** The arguments of `kubectl logs`. @param name of the pod, and after a "/" that of the container */
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

/** A time, or how long ago. */
function sinceOf(since: string): string {
  if (!/^\d{4}-/.test(since)) return `--since=${since}`
  return `--since-time=${since.includes('T') ? since : new Date(since).toISOString()}`
}

/** @param line as `kubectl logs --timestamps` prints it; undefined for what the command itself has to say */
export function clusterLogLineOf(line: string): LogLine | undefined {
  const read = logLineOf(line)
  return read === undefined ? undefined : { ...read, time: inUtc(read.time) }
}

/** A node notes times in its own zone, and lines of several compare as text. */
function inUtc(time: string): string {
  const [, fraction = ''] = /\.(\d+)/.exec(time) ?? []
  const [seconds = ''] = new Date(time).toISOString().split('.')
  return `${seconds}.${fraction.padEnd(9, '0')}Z`
}
