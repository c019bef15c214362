import { STACK_LABEL } from '../../../docker/hardening.ts'
import { APART, type Ended, outputOf, runHere } from '../../child-process.ts'
import { linesOf, makeDocker } from '../../docker.ts'
import { Refused } from '../../faults.ts'
import { type Pipes, runPiped } from '../piped.ts'
import { type ContainerFacts, factsOf, type Inspected } from './facts.ts'
import { byTime, type LogLine, type LogWindow, logArguments, logLineOf } from './log-lines.ts'
import { streamLog } from './log-stream.ts'
import { type Usage, usageOf } from './usage.ts'

/** What can be done with the containers that there are, through the engine's command line. */
export interface Containers {
  /** Those of a stack, also those that do not run. */
  of(stack: string): Promise<readonly ContainerFacts[]>
  /** What those that run use, by name. It takes the engine two seconds to tell. */
  usage(names: readonly string[]): Promise<ReadonlyMap<string, Usage>>
  /** What a container wrote, by time. @throws Refused */
  log(name: string, window: LogWindow): Promise<readonly LogLine[]>
  /** What a container wrote since then and writes from now on, until it stops. */
  follow(name: string, since: string | undefined, signal: AbortSignal): AsyncIterable<LogLine>
  /** Runs a program in a container that runs. */
  run(name: string, command: readonly string[], pipes?: Pipes): Promise<Ended>
  /** The same at this terminal; its exit code. */
  runHere(name: string, command: readonly string[], options: RunHere): Promise<number>
  /** Stops them within the time that each has; they stay stopped. @throws Refused */
  stop(names: readonly string[]): Promise<void>
  /** @throws Refused */
  start(names: readonly string[]): Promise<void>
  /** Runs an image that is there on a volume, without a network, in a container that goes when it ends; what it wrote. @throws Refused */
  runAside(aside: Aside): Promise<string>
}

interface Aside {
  /** Of `docker run`. */
  readonly options: readonly string[]
  /** Instead of the image's own. */
  readonly command: readonly string[]
  /** Whose it is. */
  readonly stack: string
  readonly image: string
  readonly user: string
  readonly volume: string
  readonly folder: string
}

interface RunHere {
  readonly isInteractive: boolean
  /** Variables by name. */
  readonly variables: Readonly<Record<string, string>>
}

export function makeContainers(environment: NodeJS.ProcessEnv): Containers {
  const options = { env: environment }
  const docker = (...args: string[]) => outputOf('docker', args, { ...options, ...APART })
  const sound = makeDocker({ ...options, ...APART })
  return {
    async of(stack) {
      const ids = linesOf(await sound('ps', '--all', '--quiet', '--filter', `label=${STACK_LABEL}=${stack}`))
      if (ids.length === 0) return []
      // One that was removed meanwhile fails the command, and the others are printed all the same.
      const { output } = await docker('inspect', '--type', 'container', ...ids)
      return (JSON.parse(output) as Inspected[]).map(factsOf)
    },
    async usage(names) {
      if (names.length === 0) return new Map()
      const { output } = await docker('stats', '--no-stream', '--format', '{{json .}}', ...names)
      return new Map(linesOf(output).flatMap((row) => [usageOf(row)].filter((usage) => usage !== undefined)))
    },
    async log(name, window) {
      const { exitCode, output, errors } = await docker(...logArguments(name, window))
      const lines = [...linesOf(output), ...linesOf(errors)]
      const own = lines.filter((line) => logLineOf(line) === undefined)
      if (exitCode !== 0) throw new Refused(`The log of ${name} cannot be read: ${own.join(' ')}`)
      return byTime(lines.map(logLineOf).filter((line) => line !== undefined))
    },
    follow: (name, since, signal) =>
      streamLog('docker', logArguments(name, { since }, '--follow'), { env: environment, signal, read: logLineOf }),
    run: (name, command, pipes = {}) => {
      const input = pipes.input === undefined ? [] : ['--interactive']
      return runPiped('docker', ['exec', ...input, name, ...command], pipes, options)
    },
    runHere(name, command, { isInteractive, variables }) {
      const flags = ['--interactive', ...(isInteractive ? ['--tty'] : [])]
      const set = Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`])
      return runHere('docker', ['exec', ...flags, ...set, name, ...command], options)
    },
    async stop(names) {
      if (names.length > 0) await sound('stop', ...names)
    },
    async start(names) {
      if (names.length > 0) await sound('start', ...names)
    },
    runAside({ options, command, stack, image, user, volume, folder }) {
      const place = ['--network', 'none', '--label', `${STACK_LABEL}=${stack}`, '--volume', `${volume}:${folder}`]
      return sound('run', '--rm', '--pull', 'never', '--user', user, ...place, ...options, image, ...command)
    },
  }
}
