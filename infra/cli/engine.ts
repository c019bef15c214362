import { STACK_LABEL } from '../docker/hardening.ts'
import { NOT_STARTED, outputOf } from './child-process.ts'
import { linesOf, makeDocker } from './docker.ts'

/** What the Docker engine says, through its command line. All but `fault` throw Refused where it does not answer. */
export interface Engine {
  /** Why the engine cannot be used; undefined where it can. */
  fault(): Promise<string | undefined>
  /** The name of the container that publishes a port. */
  publisherOf(port: number): Promise<string | undefined>
  /** What each container, by its full id, is up to. */
  containers(): Promise<ReadonlyMap<string, ContainerState>>
  images(): Promise<ReadonlySet<string>>
  /** The containers of a stack, also those that the stack's state does not know. */
  containersOf(stack: string): Promise<readonly StackContainer[]>
  /** The ids of a stack's networks. */
  networksOf(stack: string): Promise<readonly string[]>
  /** The names of a stack's volumes. */
  volumesOf(stack: string): Promise<readonly string[]>
  /** Removes containers, running or not, and then networks. */
  remove(containers: readonly string[], networks: readonly string[]): Promise<void>
  /** The end of what a container logged. */
  lastLines(container: string, count: number): Promise<string>
  /** Sets how many processes each of the containers may have. */
  limitProcesses(containers: readonly string[], count: number): Promise<void>
}

export type ContainerState = 'running' | 'unhealthy' | 'stopped'

export interface StackContainer {
  readonly id: string
  readonly name: string
  readonly state: ContainerState
  /** As `docker ps` words it. */
  readonly status: string
}

export function makeEngine(environment: NodeJS.ProcessEnv): Engine {
  const options = { env: environment }
  const docker = makeDocker(options)
  const lines = async (...args: string[]) => linesOf(await docker(...args))
  const ofStack = (stack: string) => ['--filter', `label=${STACK_LABEL}=${stack}`, '--no-trunc']
  return {
    async fault() {
      const { exitCode, errors } = await outputOf('docker', ['version', '--format', '{{.Server.Version}}'], options)
      if (exitCode === 0) return undefined
      if (exitCode === NOT_STARTED)
        return 'Docker is not on the PATH: install it, see https://docs.docker.com/get-docker/'
      return `The Docker engine does not answer: start it, or correct DOCKER_HOST (${errors.trim().split('\n').at(-1)})`
    },
    async publisherOf(port) {
      const [name] = await lines('ps', '--filter', `publish=${port}`, '--format', '{{.Names}}')
      return name
    },
    async containers() {
      const rows = await lines('ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Status}}')
      return new Map(rows.map((row) => [row.slice(0, row.indexOf(' ')), stateOf(row.slice(row.indexOf(' ') + 1))]))
    },
    async images() {
      return new Set(await lines('images', '--all', '--quiet', '--no-trunc'))
    },
    async containersOf(stack) {
      const rows = await lines('ps', '--all', ...ofStack(stack), '--format', '{{.ID}} {{.Names}} {{.Status}}')
      return rows.map((row) => {
        const [id = '', name = '', ...words] = row.split(' ')
        const status = words.join(' ')
        return { id, name, state: stateOf(status), status }
      })
    },
    networksOf: (stack) => lines('network', 'ls', ...ofStack(stack), '--format', '{{.ID}}'),
    volumesOf: (stack) => lines('volume', 'ls', '--filter', `label=${STACK_LABEL}=${stack}`, '--format', '{{.Name}}'),
    async remove(containers, networks) {
      if (containers.length > 0) await docker('rm', '--force', ...containers)
      if (networks.length > 0) await docker('network', 'rm', ...networks)
    },
    async lastLines(container, count) {
      const { output, errors } = await outputOf('docker', ['logs', '--tail', String(count), container], options)
      return `${output}${errors}`.trim()
    },
    async limitProcesses(containers, count) {
      await docker('update', '--pids-limit', String(count), ...containers)
    },
  }
}

/** @param status as `docker ps` words it: "Up 2 hours (healthy)", "Exited (1) 5 minutes ago", "Created" */
export function stateOf(status: string): ContainerState {
  if (!status.startsWith('Up ')) return 'stopped'
  return status.includes('(unhealthy)') ? 'unhealthy' : 'running'
}
