import { createServer } from 'node:net'
import type { Fault } from '../../faults.ts'
import { linesOf, outputOf } from '../../processes.ts'
import { PROJECT } from '../../settings/config.ts'
import type { PublishedPort } from '../../settings/contradictions/docker.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import type { Engine } from './engine.ts'

/**
 * Returns a fault for each port of the stack that another program has, with a free port to use instead.
 * @param engine undefined if none answers
 */
export async function faultsOfPorts(
  settings: DockerSettings,
  engine: Pick<Engine, 'publisherOf' | 'of'> | undefined,
): Promise<Fault[]> {
  const all = await Promise.all(settings.ports.map((port) => faultOf(port, settings, engine)))
  return all.filter((fault) => fault !== undefined)
}

async function faultOf(
  { key, port }: PublishedPort,
  { name, ports }: DockerSettings,
  engine: Pick<Engine, 'publisherOf' | 'of'> | undefined,
): Promise<Fault | undefined> {
  if (await isFree(port)) return undefined
  const container = await engine?.publisherOf(port)
  const isOwn = container !== undefined && (await engine?.of(name))?.some((each) => each.name === container)
  if (isOwn) return undefined
  const who = container === undefined ? await programOn(port) : `the container ${container}`
  const free = await nextFree(port + 1, ports)
  return {
    detail: `Port ${port} of 127.0.0.1 is taken by ${who}`,
    remedy: `stop that, or choose another with --config ${PROJECT}:${key}=${free}`,
  }
}

/** Returns the program that listens on a port, as far as this user may see it. */
async function programOn(port: number): Promise<string> {
  const { output } = await outputOf('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'])
  // One field per line. Its first letter says which.
  const field = (letter: string) =>
    linesOf(output)
      .find((line) => line.startsWith(letter))
      ?.slice(1)
  const name = field('c')
  return name === undefined ? 'another program' : `${name} (process ${field('p')})`
}

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
