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

/** Resource usage of a container. */
interface Usage {
  /** Memory in use, in bytes. */
  readonly memory: number
  /** CPU usage, in percent of one CPU. */
  readonly cpuPercent: number
}

/** A Docker engine, through its command line. All methods except `fault` throw Refused if it does not answer. */
export interface Engine {
  /** Returns why the engine cannot be used. Undefined if it can. */
  fault(): Promise<Fault | undefined>
  /** Returns information about the engine. */
  info(): Promise<Info>
  /** Returns the name of the container that publishes a port. */
  publisherOf(port: number): Promise<string | undefined>
  /** Returns all containers of a stack, including stopped ones. */
  of(stack: string): Promise<readonly ContainerFacts[]>
  /** Returns the existing ones of these containers, which are given by id or name. */
  inspect(names: readonly string[]): Promise<readonly ContainerFacts[]>
  /** Returns the IDs and digests of the existing ones of these images. */
  images(references: readonly string[]): Promise<ReadonlySet<string>>
  /** Returns the IDs of a stack's networks. */
  networksOf(stack: string): Promise<readonly string[]>
  /** Returns the names of a stack's volumes. */
  volumesOf(stack: string): Promise<readonly string[]>
  /** Removes containers, even if they are running, and then networks. */
  remove(containers: readonly string[], networks: readonly string[]): Promise<void>
  /** Stops containers within their grace periods. They stay stopped. */
  stop(names: readonly string[]): Promise<void>
  start(names: readonly string[]): Promise<void>
  /** Sets the maximum number of processes of each container. */
  limitProcesses(containers: readonly string[], count: number): Promise<void>
  /** Returns the usage of running containers, by name. Takes the engine two seconds. */
  usage(containers: readonly Pick<ContainerFacts, 'name' | 'memoryLimit'>[]): Promise<ReadonlyMap<string, Usage>>
  log(name: string, window: LogWindow): Promise<readonly LogLine[]>
  follow(name: string, since: string | undefined, signal: AbortSignal): AsyncIterable<LogLine>
  run(name: string, command: readonly string[], pipes?: Pipes): Promise<Ended>
  runHere(name: string, command: readonly string[], isInteractive: boolean): Promise<number>
  /** Runs an image on a volume, without a network, in a container that is removed when it ends. Returns its output. */
  runAside(aside: Aside): Promise<string>
  /** Runs any other Docker command and returns its output. */
  docker(...words: readonly string[]): Promise<string>
}

/** Output of `docker info`. */
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
  /** Additional options of `docker run`. */
  readonly options: readonly string[]
  /** Command that replaces the image's own. */
  readonly command: readonly string[]
  /** Stack that the container belongs to. */
  readonly stack: string
  readonly image: string
  readonly user: string
  readonly volume: string
  readonly folder: string
  /** Whether a missing image is pulled. */
  readonly pull?: boolean
}

// A hanging engine never answers.
const PATIENCE_MS = 20_000

/** A row of `docker stats`. */
interface Stats {
  readonly Name: string
  /** Percent of its memory limit. */
  readonly MemPerc: string
  readonly CPUPerc: string
}

export function makeEngine(environment: NodeJS.ProcessEnv): Engine {
  const command = makeCommand(environment)
  return {
    fault: () => faultOf(environment),
    ...inventory(command),
    ...changes(command),
    ...observation(command, environment),
    ...execution(command, environment),
    docker: command.sound,
  }
}

/** The command line of Docker. */
interface DockerCommand {
  /** Runs a command, which may fail. */
  readonly run: (...args: readonly string[]) => Promise<Ended>
  /** Runs a command and returns its output. @throws Refused if it fails */
  readonly sound: (...args: readonly string[]) => Promise<string>
}

function makeCommand(environment: NodeJS.ProcessEnv): DockerCommand {
  const run = (...args: readonly string[]) => outputOf('docker', args, { env: environment, ...APART })
  return {
    run,
    async sound(...args) {
      const { exitCode, output, errors } = await run(...args)
      if (exitCode === NOT_STARTED) throw refusal(DOCKER_MISSING)
      if (exitCode !== 0) throw new Refused(`docker ${args.join(' ')} failed: ${errors.trim()}`)
      return output
    },
  }
}

async function faultOf(environment: NodeJS.ProcessEnv): Promise<Fault | undefined> {
  const { exitCode, errors } = await outputOf('docker', ['version', '--format', '{{json .Server}}'], {
    env: environment,
    timeout: PATIENCE_MS,
  })
  if (exitCode === 0) return undefined
  if (exitCode === NOT_STARTED) return DOCKER_MISSING
  const why = linesOf(errors.trim()).at(-1) ?? `no answer within ${PATIENCE_MS / 1000} s`
  return { detail: 'The Docker engine does not answer', remedy: `start it or correct DOCKER_HOST (${why})` }
}

/** Finds out what the engine has. */
function inventory({ run, sound }: DockerCommand) {
  const lines = async (...args: string[]) => linesOf(await sound(...args))
  const labelled = (stack: string) => ['--filter', `label=${STACK_LABEL}=${stack}`]
  // If a container was removed in the meantime, the command fails but still prints the others.
  const inspected = async <Found>(kind: string, names: readonly string[]) =>
    names.length === 0 ? [] : (JSON.parse((await run('inspect', '--type', kind, ...names)).output || '[]') as Found[])
  const containers = async (names: readonly string[]) => (await inspected<Inspected>('container', names)).map(factsOf)
  return {
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
  } satisfies Partial<Engine>
}

/** Changes containers and networks. Without a name, the commands would fail. */
function changes({ sound }: DockerCommand) {
  const each = async (names: readonly string[], ...words: readonly string[]) => {
    if (names.length > 0) await sound(...words, ...names)
  }
  return {
    async remove(containers, networks) {
      await each(containers, 'rm', '--force')
      await each(networks, 'network', 'rm')
    },
    stop: (names) => each(names, 'stop'),
    start: (names) => each(names, 'start'),
    limitProcesses: (names, count) => each(names, 'update', '--pids-limit', String(count)),
  } satisfies Partial<Engine>
}

/** Reads usage and logs. */
function observation({ run }: DockerCommand, environment: NodeJS.ProcessEnv) {
  return {
    async usage(running) {
      if (running.length === 0) return new Map()
      const names = running.map(({ name }) => name)
      const { output } = await run('stats', '--no-stream', '--format', '{{json .}}', ...names)
      const rows = linesOf(output).map((row) => JSON.parse(row) as Stats)
      return new Map(
        rows.flatMap(({ Name, MemPerc, CPUPerc }) => {
          const { memoryLimit } = running.find(({ name }) => name === Name) ?? {}
          const memory = (Number.parseFloat(MemPerc) / 100) * (memoryLimit ?? Number.NaN)
          // A container that has just ended has no values.
          return Number.isFinite(memory) ? [[Name, { memory, cpuPercent: Number.parseFloat(CPUPerc) }] as const] : []
        }),
      )
    },
    async log(name, window) {
      const { exitCode, output, errors } = await run(...logArguments(name, window))
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
  } satisfies Partial<Engine>
}

/** Runs programs in containers. */
function execution({ sound }: DockerCommand, environment: NodeJS.ProcessEnv) {
  const options = { env: environment }
  return {
    run(name, command, pipes = {}) {
      const input = pipes.input === undefined ? [] : ['--interactive']
      return runPiped('docker', ['exec', ...input, name, ...command], pipes, options)
    },
    runHere: (name, command, isInteractive) =>
      runHere('docker', ['exec', '--interactive', ...(isInteractive ? ['--tty'] : []), name, ...command], options),
    runAside({ options: more, command, stack, image, user, volume, folder, pull = false }) {
      const place = ['--network', 'none', '--label', `${STACK_LABEL}=${stack}`, '--volume', `${volume}:${folder}`]
      const as = ['--rm', '--pull', pull ? 'missing' : 'never', '--user', user]
      return sound('run', ...as, ...place, ...more, image, ...command)
    },
  } satisfies Partial<Engine>
}

const DOCKER_MISSING = {
  detail: 'Docker is not on the PATH',
  remedy: 'install it, see https://docs.docker.com/get-docker/',
}
