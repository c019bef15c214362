import { outputOf } from './child-process.ts'

/** What the Docker engine says, through its command line. */
export interface Engine {
  /** Why the engine cannot be used; undefined where it can. */
  fault(): Promise<string | undefined>
  /** The name of the container that publishes a port. */
  publisherOf(port: number): Promise<string | undefined>
  /** What each container, by its full id, is up to. */
  containers(): Promise<ReadonlyMap<string, ContainerState>>
  images(): Promise<ReadonlySet<string>>
}

export type ContainerState = 'running' | 'unhealthy' | 'stopped'

export function makeEngine(environment: NodeJS.ProcessEnv): Engine {
  const docker = (...args: string[]) => outputOf('docker', args, { env: environment })
  const lines = async (...args: string[]) => (await docker(...args)).output.split('\n').filter((line) => line !== '')
  return {
    async fault() {
      const { exitCode, errors } = await docker('version', '--format', '{{.Server.Version}}')
      if (exitCode === 0) return undefined
      if (exitCode === 127) return 'Docker is not on the PATH: install it, see https://docs.docker.com/get-docker/'
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
  }
}

/** @param status as `docker ps` words it: "Up 2 hours (healthy)", "Exited (1) 5 minutes ago", "Created" */
export function stateOf(status: string): ContainerState {
  if (!status.startsWith('Up ')) return 'stopped'
  return status.includes('(unhealthy)') ? 'unhealthy' : 'running'
}
