import { createServer } from 'node:net'
import type { Engine } from '../../docker/engine/engine.ts'
import { type Finding, findings } from '../../finding.ts'
import { linesOf, outputOf } from '../../processes.ts'
import { faultsOfRepositories } from '../../repositories.ts'
import { PROJECT } from '../../settings/config.ts'
import type { PublishedPort } from '../../settings/contradictions/docker.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import { PARTS } from './parts.ts'

const { ok, failing } = findings('stack')
const machine = findings('machine')

/** The engine, the ports and the repositories: what has to answer, to be free, and to be there. */
export async function lookFirst(
  settings: DockerSettings,
  root: string,
  engine: Pick<Engine, 'fault' | 'publisherOf'>,
): Promise<readonly Finding[]> {
  const fault = await engine.fault()
  const publisherOf = async (port: number) => (fault === undefined ? engine.publisherOf(port) : undefined)
  const ports = await Promise.all(settings.ports.map((port) => checkPort(port, settings, publisherOf)))
  return [
    ...(fault === undefined ? [] : [machine.failing('engine', fault.detail, fault.remedy)]),
    ...portFindings(settings, ports),
    ...repositoryFindings(settings, root),
  ]
}

type Publisher = (port: number) => Promise<string | undefined>

async function checkPort({ key, port }: PublishedPort, settings: DockerSettings, publisherOf: Publisher) {
  if (await isFree(port)) return undefined
  const container = await publisherOf(port)
  if (container !== undefined && PARTS.some((part) => container === `${settings.name}-${part}`)) return undefined
  const who = container === undefined ? await programOn(port) : `the container ${container}`
  const free = await nextFree(port + 1, settings.ports)
  const remedy = `stop that, or choose another with --config ${PROJECT}:${key}=${free}`
  return failing('ports', `Port ${port} of 127.0.0.1 is taken by ${who}`, remedy)
}

function portFindings({ ports }: DockerSettings, checked: readonly (Finding | undefined)[]): Finding[] {
  const taken = checked.filter((each) => each !== undefined)
  return taken.length > 0 ? taken : [ok('ports', `${ports.map(({ port }) => port).join(', ')}: free, or its own`)]
}

function repositoryFindings({ repositories }: DockerSettings, root: string): Finding[] {
  const faults = faultsOfRepositories(repositories, root)
  if (faults.length === 0) return [ok('repositories', repositories.join(', ') || 'none')]
  return faults.map((fault) => failing('repositories', `${PROJECT}:${fault}`, 'change it in the settings of the stack'))
}

/** The program that listens on a port, as far as this user may see it. */
async function programOn(port: number): Promise<string> {
  const { output } = await outputOf('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'])
  // A field a line, its first letter says which.
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
