import { createServer } from 'node:net'
import { faultsOfRepositories } from '../repositories.ts'
import { PROJECT } from '../settings/config.ts'
import type { PublishedPort } from '../settings/contradictions/docker.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { PARTS } from './day-two/parts.ts'
import type { Engine } from './engine.ts'

/** Everything that stands in the way of the stack on this machine, each with what to do. */
export async function obstacles(
  settings: DockerSettings,
  root: string,
  engine: Pick<Engine, 'fault' | 'publisherOf'>,
): Promise<string[]> {
  const fault = await engine.fault()
  const taken = await Promise.all(
    settings.ports.map(async (port) => {
      if (await isFree(port.port)) return undefined
      const holder = fault === undefined ? await engine.publisherOf(port.port) : undefined
      if (holder !== undefined && isPartOf(settings.name, holder)) return undefined
      return portObstacle(port, holder, await nextFree(port.port + 1, settings.ports))
    }),
  )
  return [fault, ...taken, repositoriesObstacle(settings, root)].filter((each) => each !== undefined)
}

/** @param holder the container that publishes the port, if one does */
export function portObstacle({ key, port }: PublishedPort, holder: string | undefined, free: number): string {
  const who = holder === undefined ? 'another program' : `the container ${holder}`
  return `Port ${port} of 127.0.0.1 is taken by ${who}: stop that, or choose another with --config ${PROJECT}:${key}=${free}`
}

function repositoriesObstacle({ repositories }: DockerSettings, root: string): string | undefined {
  const faults = faultsOfRepositories(repositories, root)
  if (faults.length === 0) return undefined
  return ['The settings of this stack are not usable:', ...faults.map((fault) => `  ${PROJECT}:${fault}`)].join('\n')
}

const isPartOf = (name: string, container: string) => PARTS.some((part) => container === `${name}-${part}`)

async function nextFree(from: number, used: readonly PublishedPort[]): Promise<number> {
  for (let port = from; port < LAST_PORT; port++) {
    if (!used.some((other) => other.port === port) && (await isFree(port))) return port
  }
  return LAST_PORT
}

const LAST_PORT = 65535

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
