import { dropUnrecorded, missingIn } from '../../database/unrecorded.ts'
import { Refused } from '../../faults.ts'
import { npmCommand } from '../../printed-commands.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import type { FormerState, StateResource } from '../../state.ts'
import { STACK_LABEL } from '../hardening.ts'
import type { Engine } from './engine.ts'
import type { ContainerFacts } from './facts.ts'
import { refuseOtherMajor, volumeOf } from './majors.ts'
import { emptyUnfinished, isUntouched, reachPostgres } from './postgres.ts'

interface Needed {
  readonly settings: DockerSettings
  readonly state: FormerState
  readonly engine: Engine
  readonly print: (text: string) => Promise<void>
}

interface Found {
  readonly containers: readonly ContainerFacts[]
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
}

/**
 * Removes what an interrupted run left behind and would make the next one fail: unrecorded roles, and containers and
 * networks whose names would conflict. None of it holds data. Also sets the process limits of running containers, for
 * which the provider has no input.
 * @throws Refused if the engine has the database of another state, or the image cannot open the existing files
 */
export async function clearLeftovers(needed: Needed): Promise<void> {
  const { settings, engine, print } = needed
  await refuseOtherMajor(settings, engine, npmCommand('upgrade'))
  const [containers, networks, volumes] = await Promise.all([
    engine.of(settings.name),
    engine.networksOf(settings.name),
    engine.volumesOf(settings.name),
  ])
  const found = { containers, networks, volumes }
  await refuseStranger(needed, found)
  for (const dropped of await clearPostgres(needed, found)) {
    await print(`Removed ${dropped}, which an earlier run created but did not record.`)
  }
  const left = await removeOrphans(found, needed)
  const running = left.filter(({ state, processes }) => state === 'running' && processes !== limit(settings))
  await engine.limitProcesses(
    running.map(({ id }) => id),
    limit(settings),
  )
}

const limit = ({ containers }: DockerSettings) => containers.processes

/** Rejects a volume with data that is not in the state: it holds the database of another state. */
async function refuseStranger({ settings, state, engine }: Needed, { volumes }: Found): Promise<void> {
  const { name, postgres } = settings
  const database = volumeOf(name)
  const isRecorded = state.some(({ urn }) => urn.endsWith('::data-postgres'))
  if (isRecorded || !volumes.includes(database)) return
  const { image, version } = postgres
  if (await isUntouched({ stack: name, name: database, image, version }, engine)) return
  throw new Refused(
    `The volume ${database} holds the database of another stack with the name ${name}, whose state and passwords are not in this backend: choose another codebase-mcp:name, or use the backend that it was created with (PULUMI_BACKEND_URL), or, to delete that index, run: docker rm --force $(docker ps -aq --filter label=${STACK_LABEL}=${name}); docker volume rm ${database}`,
  )
}

/** Drops what is not recorded in the stack's own Postgres. @returns descriptions of what was dropped */
async function clearPostgres(
  { settings, state, engine }: Needed,
  { containers, volumes }: Found,
): Promise<readonly string[]> {
  const { name, database, postgres } = settings
  if (database.url !== undefined || !volumes.includes(volumeOf(name))) return []
  const missing = missingIn(state)
  if (missing === undefined) return []
  const { image, version } = postgres
  const place = { stack: name, name: volumeOf(name), image, version }
  const there = { engine, present: containers }
  const dropped = await reachPostgres(place, there, (container) =>
    dropUnrecorded(missing, { container, run: (command, pipes) => engine.run(container, command, pipes) }),
  )
  if (dropped !== undefined) return dropped
  return missing.all && (await emptyUnfinished(place, there)) ? ['a database whose first start was interrupted'] : []
}

/** @returns the remaining containers */
async function removeOrphans(found: Found, { state, engine, print }: Needed): Promise<ContainerFacts[]> {
  const known = new Set(state.map(({ outputs }) => outputs.id))
  const containers = found.containers.filter(({ id }) => !known.has(id))
  for (const { name } of containers) await print(`Removing ${name}, which an earlier run left behind.`)
  await engine.remove(
    containers.map(({ id }) => id),
    found.networks.filter((id) => !known.has(id)),
  )
  return found.containers.filter(({ id }) => known.has(id))
}

const IMAGE = 'docker:index/image:Image'
const CONTAINER = 'docker:index/container:Container'

/**
 * Returns the names of resources that are in the state but not intact on the engine. Pulumi would not notice them, and
 * a refresh fails at roles whose database is unreachable.
 */
export async function brokenOn(engine: Pick<Engine, 'images' | 'inspect'>, state: FormerState): Promise<string[]> {
  const images = state.filter(({ type }) => type === IMAGE)
  const containers = state.filter(({ type }) => type === CONTAINER)
  const digestOf = ({ outputs }: StateResource) => String(outputs.repoDigest)
  const [knownImages, known] = await Promise.all([
    engine.images(images.map(digestOf)),
    engine.inspect(containers.map(({ outputs }) => String(outputs.id))),
  ])
  const broken = [
    ...images.filter((image) => !knownImages.has(digestOf(image))),
    ...containers.filter((container) =>
      isBroken(
        container,
        known.find(({ id }) => id === container.outputs.id),
      ),
    ),
  ]
  return broken.map(({ urn }) => urn.slice(urn.lastIndexOf('::') + 2))
}

function isBroken({ outputs }: StateResource, container: ContainerFacts | undefined): boolean {
  if (container === undefined) return true
  // A container with `mustRun: false` has ended, or was never started because it only carries files.
  if (outputs.mustRun === false) return typeof outputs.exitCode === 'number' && outputs.exitCode !== 0
  return container.state !== 'running' || container.health === 'unhealthy'
}
