import { createServer } from 'node:net'
import { locateRepositories } from '../repositories.ts'
import { type DockerSettings, PROJECT } from '../settings.ts'
import type { Engine } from './engine.ts'

interface Port {
  readonly key: string
  readonly port: number
}

/** Everything that stands in the way of the stack on this machine, each with what to do. */
export async function obstacles(settings: DockerSettings, root: string, engine: Engine): Promise<string[]> {
  const fault = await engine.fault()
  const ports: Port[] = [
    { key: 'server.port', port: settings.server.port },
    { key: 'postgres.port', port: settings.postgres.port },
  ]
  const taken = await Promise.all(
    ports.map(async (port) => {
      if (await isFree(port.port)) return undefined
      return portObstacle(port, fault === undefined ? await engine.publisherOf(port.port) : undefined, settings.name)
    }),
  )
  return [fault, ...taken, repositoriesObstacle(settings, root)].filter((each) => each !== undefined)
}

/** @param holder the container that publishes the port, if one does */
export function portObstacle({ key, port }: Port, holder: string | undefined, name: string): string | undefined {
  if (holder?.startsWith(`${name}-`)) return undefined
  const who = holder === undefined ? 'another program' : `the container ${holder}`
  return `Port ${port} of 127.0.0.1 is taken by ${who}: stop that, or choose another with: npm run up -- --config ${PROJECT}:${key}=${port + 1}`
}

function repositoriesObstacle({ repositories }: DockerSettings, root: string): string | undefined {
  try {
    locateRepositories(repositories, root)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
