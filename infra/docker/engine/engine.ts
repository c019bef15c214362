import { type Fault, Refused, refusal } from '../../faults.ts'
import { byTime, type LogLine, type LogWindow, logArguments, logLineOf } from '../../log-lines.ts'
import {
  APART,
  type Ended,
  linesOf,
  NOT_STARTED,
  outputOf,
  type Pipes,
  runHere,
  runPiped,
  streamLines,
} from '../../processes.ts'
import { STACK_LABEL } from '../hardening.ts'
import { type ContainerFacts, factsOf, type Inspected } from './facts.ts'

/** What something that runs uses. */
interface Usage {
  /** Bytes. */
  readonly memory: number
  /** Of one processor. */
  readonly cpuPercent: number
}

/** A Docker engine, through its command line. All but `fault` throw Refused where it does not answer. */
export interface Engine {
  /** Why the engine cannot be used; undefined where it can. */
  fault(): Promise<Fault | undefined>
  /** What the engine tells of itself. */
  info(): Promise<Info>
  /** The name of the container that publishes a port. */
  publisherOf(port: number): Promise<string | undefined>
  /** The containers of a stack, also those that do not run. */
  of(stack: string): Promise<readonly ContainerFacts[]>
  /** Those of these containers, by id or name, that there are. */
  inspect(names: readonly string[]): Promise<readonly ContainerFacts[]>
  /** Those of these images that there are. */
  images(references: readonly string[]): Promise<ReadonlySet<string>>
  /** The ids of a stack's networks. */
  networksOf(stack: string): Promise<readonly string[]>
  /** The names of a stack's volumes. */
  volumesOf(stack: string): Promise<readonly string[]>
  /** Removes containers, running or not, and then networks. */
  remove(containers: readonly string[], networks: readonly string[]): Promise<void>
  /** Stops containers within the time that each has; they stay stopped. */
  stop(names: readonly string[]): Promise<void>
  start(names: readonly string[]): Promise<void>
  /** Sets how many processes each of the containers may have. */
  limitProcesses(containers: readonly string[], count: number): Promise<void>
  /** What those that run use, by name. It takes the engine two seconds to tell. */
  usage(containers: readonly Pick<ContainerFacts, 'name' | 'memoryLimit'>[]): Promise<ReadonlyMap<string, Usage>>
  log(name: string, window: LogWindow): Promise<readonly LogLine[]>
  follow(name: string, since: string | undefined, signal: AbortSignal): AsyncIterable<LogLine>
  run(name: string, command: readonly string[], pipes?: Pipes): Promise<Ended>
  runHere(name: string, command: readonly string[], isInteractive: boolean): Promise<number>
  /** Runs an image on a volume, without a network, in a container that goes when it ends; what it wrote. */
  runAside(aside: Aside): Promise<string>
  /** Any other command of Docker's, and what it wrote. */
  docker(...words: readonly string[]): Promise<string>
}

/** As `docker info` prints it. */
export interface Info {
  readonly ServerVersion: string
  readonly OSType: string
  readonly Architecture: string
  readonly MemTotal: number
  readonly NCPU: number
  readonly DockerRootDir: string
  readonly SystemTime: string
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
  /** Whether an image that is not there is pulled. */
  readonly pull?: boolean
}

// An engine that hangs does so for ever.
const PATIENCE_MS = 20_000

/** A row of `docker stats`. */
interface Stats {
  readonly Name: string
  /** Percent of what it may use. */
  readonly MemPerc: string
  readonly CPUPerc: string
}

export function makeEngine(environment: NodeJS.ProcessEnv): Engine {
  const options = { env: environment }
  const docker = (...args: string[]) => outputOf('docker', args, { ...options, ...APART })
  const sound = async (...args: string[]) => {
    const { exitCode, output, errors } = await docker(...args)
    if (exitCode === NOT_STARTED) throw refusal(DOCKER_MISSING)
    if (exitCode !== 0) throw new Refused(`docker ${args.join(' ')} failed: ${errors.trim()}`)
    return output
  }
  const lines = async (...args: string[]) => linesOf(await sound(...args))
  const labelled = (stack: string) => ['--filter', `label=${STACK_LABEL}=${stack}`]
  // One that was removed meanwhile fails the command, and the others are printed all the same.
  const inspected = async <Found>(kind: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : (JSON.parse((await docker('inspect', '--type', kind, ...names)).output || '[]') as Found[])
  const containers = async (names: readonly string[]) => (await inspected<Inspected>('container', names)).map(factsOf)
  return {
    async fault() {
      const { exitCode, errors } = await outputOf('docker', ['version', '--format', '{{json .Server}}'], {
        ...options,
        timeout: PATIENCE_MS,
      })
      if (exitCode === 0) return undefined
      if (exitCode === NOT_STARTED) return DOCKER_MISSING
      const why = linesOf(errors.trim()).at(-1) ?? `no answer within ${PATIENCE_MS / 1000} s`
      return { detail: 'The Docker engine does not answer', remedy: `start it, or correct DOCKER_HOST (${why})` }
    },
    info: async () => JSON.parse(await sound('info', '--format', '{{json .}}')) as Info,
    async publisherOf(port) {
      const [name] = await lines('ps', '--filter', `publish=${port}`, '--format', '{{.Names}}')
      return name
    },
    of: async (stack) => containers(await lines('ps', '--all', '--quiet', '--no-trunc', ...labelled(stack))),
    inspect: containers,
    async images(references) {
      const found = await inspected<{ readonly Id: string; readonly RepoDigests?: readonly string[] }>(
        'image',
        references,
      )
      return new Set(found.flatMap(({ Id, RepoDigests = [] }) => [Id, ...RepoDigests]))
    },
    networksOf: (stack) => lines('network', 'ls', ...labelled(stack), '--no-trunc', '--format', '{{.ID}}'),
    volumesOf: (stack) => lines('volume', 'ls', ...labelled(stack), '--format', '{{.Name}}'),
    async remove(names, networks) {
      if (names.length > 0) await sound('rm', '--force', ...names)
      if (networks.length > 0) await sound('network', 'rm', ...networks)
    },
    async stop(names) {
      if (names.length > 0) await sound('stop', ...names)
    },
    async start(names) {
      if (names.length > 0) await sound('start', ...names)
    },
    async limitProcesses(names, count) {
      if (names.length > 0) await sound('update', '--pids-limit', String(count), ...names)
    },
    async usage(running) {
      if (running.length === 0) return new Map()
      const names = running.map(({ name }) => name)
      const { output } = await docker('stats', '--no-stream', '--format', '{{json .}}', ...names)
      const rows = linesOf(output).map((row) => JSON.parse(row) as Stats)
      return new Map(
        rows.flatMap(({ Name, MemPerc, CPUPerc }) => {
          const { memoryLimit } = running.find(({ name }) => name === Name) ?? {}
          const memory = (Number.parseFloat(MemPerc) / 100) * (memoryLimit ?? Number.NaN)
          // One that has just ended has none.
          return Number.isFinite(memory) ? [[Name, { memory, cpuPercent: Number.parseFloat(CPUPerc) }] as const] : []
        }),
      )
    },
    async log(name, window) {
      const { exitCode, output, errors } = await docker(...logArguments(name, window))
      if (exitCode !== 0) throw new Refused(`The log of ${name} cannot be read: ${errors.trim()}`)
      return byTime([...linesOf(output), ...linesOf(errors)].flatMap((line) => logLineOf(line) ?? []))
    },
    async *follow(name, since, signal) {
      const args = logArguments(name, { since }, '--follow')
      for await (const line of streamLines('docker', args, { env: environment, signal })) {
        const read = logLineOf(line)
        if (read !== undefined) yield read
      }
    },
    run: (name, command, pipes = {}) => {
      const input = pipes.input === undefined ? [] : ['--interactive']
      return runPiped('docker', ['exec', ...input, name, ...command], pipes, options)
    },
    runHere: (name, command, isInteractive) =>
      runHere('docker', ['exec', '--interactive', ...(isInteractive ? ['--tty'] : []), name, ...command], options),
    runAside({ options: more, command, stack, image, user, volume, folder, pull = false }) {
      const place = ['--network', 'none', '--label', `${STACK_LABEL}=${stack}`, '--volume', `${volume}:${folder}`]
      return sound(
        'run',
        '--rm',
        '--pull',
        pull ? 'missing' : 'never',
        '--user',
        user,
        ...place,
        ...more,
        image,
        ...command,
      )
    },
    docker: sound,
  }
}

const DOCKER_MISSING = {
  detail: 'Docker is not on the PATH',
  remedy: 'install it, see https://docs.docker.com/get-docker/',
}
