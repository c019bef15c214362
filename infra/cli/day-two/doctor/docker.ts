import type { DockerSettings } from '../../../settings/settings.ts'
import { MAINTENANCE, makeDatabase } from '../database/database.ts'
import { isThere, type Part, type PartName, partsOf } from '../parts.ts'
import { askEngine, checkEngine, diskFinding, type EngineFacts } from './engine.ts'
import { checked, type Finding, findings } from './finding.ts'
import { checkParts } from './parts.ts'
import { checkPlace } from './place.ts'
import { checkServer } from './server.ts'
import type { DoctorTools } from './tools.ts'

/** The engine, and what of the stack is on it. */
export async function checkOnDocker(
  settings: DockerSettings | undefined,
  tools: DoctorTools,
): Promise<readonly Finding[]> {
  const [engine, ofProject] = await Promise.all([
    askEngine(tools.machine),
    checked('machine', 'disk', () => projectDisk(tools)),
  ])
  const fault = 'fault' in engine ? engine.fault : undefined
  const ofPlace = settings === undefined ? [] : await checkPlace(settings, tools, fault === undefined)
  if ('fault' in engine) return [engine.fault, ...ofProject, ...ofPlace]
  const ofEngine = checkEngine(engine, settings)
  const parts = settings === undefined ? [] : partsOf(settings, await tools.containers.of(settings.name))
  const ofStack = await Promise.all([
    checked('machine', 'disk', () => engineDisk(engine, parts, tools)),
    settings === undefined ? [] : checked('stack', 'containers', () => checkParts(parts, tools)),
    checked('stack', 'database', () => remains(parts, tools)),
    checkThrough(parts, tools),
  ])
  return [...ofEngine, ...ofProject, ...ofPlace, ...ofStack.flat()]
}

async function projectDisk({ machine, root }: DoctorTools): Promise<Finding[]> {
  const free = await machine.freeBytes(root)
  return free === undefined ? [] : [diskFinding(`for ${root}`, free)]
}

/** The engine's own disk, which may be in a virtual machine: then Postgres' container sees it. */
async function engineDisk(
  { folder }: EngineFacts,
  parts: readonly Part[],
  { machine, containers }: DoctorTools,
): Promise<Finding[]> {
  const postgres = running(parts, 'postgres')
  if (postgres !== undefined) {
    const { output } = await containers.run(postgres, ['df', '-Pk', '/var/lib/postgresql/data'])
    const free = Number(output.trim().split('\n').at(-1)?.split(/\s+/)[3])
    if (Number.isFinite(free)) return [diskFinding('for the volumes of the engine', free * 1024)]
  }
  const free = await machine.freeBytes(folder)
  return free === undefined ? [] : [diskFinding(`for ${folder} of the engine`, free)]
}

/** A restore that was killed leaves a database behind. */
async function remains(parts: readonly Part[], { containers }: DoctorTools): Promise<Finding[]> {
  const postgres = running(parts, 'postgres')
  if (postgres === undefined) return []
  const database = makeDatabase(containers, postgres)
  const left = await database.script(
    MAINTENANCE,
    `select datname || ' (' || pg_size_pretty(pg_database_size(oid)) || ')' from pg_database where datname like 'codebase\\_%restore';`,
  )
  if (left.length === 0) return []
  const detail = `a restore that was killed has left ${left.join(' and ')}`
  return [findings('stack').warning('database', detail, 'Run `npm run restore` again: it clears up first')]
}

/** The server as it sees itself, and as an agent sees it. */
async function checkThrough(parts: readonly Part[], tools: DoctorTools): Promise<readonly Finding[]> {
  const container = running(parts, 'server')
  const address = parts.filter(isThere).find(({ name }) => name === 'server')?.container.published[0]?.address
  if (container === undefined || address === undefined) return []
  const all = await Promise.all([
    checked('server', 'doctor', () => checkServer(container, tools.containers)),
    checked('client', 'mcp', () => tools.checkClient(`http://${address}/mcp`)),
  ])
  return all.flat()
}

function running(parts: readonly Part[], name: PartName): string | undefined {
  const container = parts.find((part) => part.name === name)?.container
  return container?.state === 'running' ? container.name : undefined
}
