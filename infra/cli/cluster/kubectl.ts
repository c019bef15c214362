import { Readable } from 'node:stream'
import { type Ended, isOnPath, NOT_STARTED, runHere } from '../child-process.ts'
import type { LogLine, LogWindow } from '../day-two/containers/log-lines.ts'
import { byTime } from '../day-two/containers/log-lines.ts'
import { streamLog } from '../day-two/containers/log-stream.ts'
import { type Pipes, runPiped } from '../day-two/piped.ts'
import { linesOf } from '../docker.ts'
import { Refused } from '../faults.ts'
import { clusterLogArguments, clusterLogLineOf } from './log-lines.ts'

/** One cluster, and a namespace on it, through the command line `kubectl`. */
export interface Kubectl {
  readonly isOnPath: boolean
  /** The contexts of the kubeconfig. @throws Refused where that cannot be read */
  contexts(): Promise<readonly string[]>
  /** What the API server has at a path such as /api/v1/nodes. @throws Refused where it gives no answer */
  read<Found>(path: string): Promise<Read<Found>>
  /** The objects of several kinds in the namespace. @throws Refused */
  list<Item>(kinds: readonly string[], selector?: string): Promise<readonly Item[]>
  /** Whether whoever asks may do each of these. @throws Refused */
  may(accesses: readonly Access[]): Promise<readonly boolean[]>
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
  | { readonly state: 'forbidden' }

/** What somebody wants to do with objects of a kind. */
export interface Access {
  readonly verb: string
  readonly group: string
  readonly resource: string
  /** Absent for what is in no namespace. */
  readonly namespace?: string
}

export interface ClusterPlace {
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

export function makeKubectl(environment: NodeJS.ProcessEnv, place: ClusterPlace): Kubectl {
  const options = { env: environment }
  const { context } = place
  const at = context === undefined ? [] : ['--context', context]
  const inside = wordsTo(place)
  const ask = (args: readonly string[], pipes: Pipes = {}) => runPiped('kubectl', [...args, PATIENCE], pipes, options)
  const sound = async (args: readonly string[], pipes?: Pipes) => {
    const ended = await ask(args, pipes)
    if (ended.exitCode !== 0) throw new Refused(wordsOf(ended))
    return ended.output
  }
  return {
    isOnPath: isOnPath('kubectl', environment),
    async contexts() {
      return linesOf(await sound(['config', 'get-contexts', '--output', 'name']))
    },
    async read<Found>(path: string): Promise<Read<Found>> {
      const ended = await ask([...at, 'get', '--raw', path])
      if (ended.exitCode === 0) return { state: 'found', value: JSON.parse(ended.output) as Found }
      if (ended.errors.includes('(NotFound)')) return { state: 'absent' }
      if (ended.errors.includes('(Forbidden)')) return { state: 'forbidden' }
      throw new Refused(wordsOf(ended))
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
    async remove(objects) {
      if (objects.length > 0) await sound([...inside, 'delete', '--ignore-not-found', '--wait=false', ...objects])
    },
    async log(name, window) {
      const { exitCode, output, errors } = await ask([...inside, ...clusterLogArguments(name, window)])
      if (exitCode !== 0) throw new Refused(`The log of ${name} cannot be read: ${errors.trim()}`)
      return byTime(linesOf(output).flatMap((line) => clusterLogLineOf(line) ?? []))
    },
    follow(name, since, signal) {
      const args = [...inside, ...clusterLogArguments(name, { since }, '--follow')]
      return streamLog('kubectl', args, { env: environment, signal, read: clusterLogLineOf })
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

export const KUBECTL_MISSING = 'kubectl is not on the PATH: install it, see https://kubernetes.io/docs/tasks/tools/'

/** What kubectl has to say of a failure: the last line, and the ones before it are of no use to anybody. */
function wordsOf({ exitCode, errors }: Ended): string {
  if (exitCode === NOT_STARTED) return KUBECTL_MISSING
  const line = errors.trim().split('\n').at(-1) ?? ''
  return line.replace(/^(error|Error from server \(\w+\)|Unable to connect to the server): /, '')
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
