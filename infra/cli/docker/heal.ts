import { dropUnrecorded, missingIn } from '../../database/unrecorded.ts'
import { STACK_LABEL } from '../../docker/hardening.ts'
import { Refused } from '../../faults.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import { type Asked, npmRun } from '../arguments.ts'
import type { StackState, StateResource } from '../pulumi/state.ts'
import type { Pulumi } from '../pulumi.ts'
import type { Terminal } from '../terminal.ts'
import type { Engine } from './engine.ts'
import type { ContainerFacts } from './facts.ts'
import { emptyUnfinished, reachPostgres } from './postgres.ts'

interface Needed {
  readonly asked: Asked
  readonly settings: DockerSettings
  readonly pulumi: Pick<Pulumi, 'forgetPending'>
  readonly state: StackState
  readonly engine: Engine
  readonly print: Terminal['print']
}

interface Found {
  readonly containers: readonly ContainerFacts[]
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
}

/**
 * Clears away what an `up` that was killed left behind, so that the next one gets there: operations that nobody ends,
 * roles that were not recorded, containers whose names would be taken. None of it holds data.
 * @returns the URNs of what the next one has to replace
 * @throws Refused where what is on the engine belongs to another state
 */
export async function clearLeftovers(needed: Needed): Promise<readonly string[]> {
  const { settings, pulumi, state, engine, print } = needed
  const [containers, networks, volumes] = await Promise.all([
    engine.of(settings.name),
    engine.networksOf(settings.name),
    engine.volumesOf(settings.name),
  ])
  const found = { containers, networks, volumes }
  refuseStranger(settings.name, state, found)
  for (const dropped of await clearPostgres(needed, found)) {
    print(`Removed ${dropped}, which an earlier run had begun and not recorded.`)
  }
  if (state.pending.length > 0) {
    print('A run that was killed left something half done; it is done again.')
    await pulumi.forgetPending()
  }
  await removeOrphans(found, needed)
  return toReplace(state.resources, engine)
}

const databaseOf = (name: string) => `${name}-postgres`

function refuseStranger(name: string, { resources, pending }: StackState, { volumes }: Found): void {
  const database = databaseOf(name)
  const isOurs = resources.some(({ id }) => id === database) || pending.some((urn) => urn.endsWith('::data-postgres'))
  if (!volumes.includes(database) || isOurs) return
  throw new Refused(
    `The volume ${database} holds the database of another stack with the name ${name}, whose state and passwords are not in this backend: choose another name with --config name=…, or the backend that it was made with (PULUMI_BACKEND_URL), or, to lose that index, remove what is left of it with: docker rm --force $(docker ps -aq --filter label=${STACK_LABEL}=${name}); docker volume rm ${database}`,
  )
}

/** What was dropped in the stack's own Postgres because it was not recorded. */
async function clearPostgres(
  { asked, settings, state, engine }: Needed,
  { containers, volumes }: Found,
): Promise<readonly string[]> {
  const { name, database, postgres } = settings
  if (database.url !== undefined || !volumes.includes(databaseOf(name))) return []
  const missing = missingIn(state.resources)
  if (missing === undefined) return []
  const { image, version } = postgres
  const place = { stack: name, name: databaseOf(name), image, version }
  const there = { engine, present: containers }
  const dropped = await reachPostgres(place, there, (container) =>
    dropUnrecorded(missing, {
      container,
      run: (command, pipes) => engine.run(container, command, pipes),
      command: (word, ...more) => npmRun(asked, word, ...more),
    }),
  )
  if (dropped !== undefined) return dropped
  return missing.all && (await emptyUnfinished(place, there)) ? ['a database whose first start was cut short'] : []
}

async function removeOrphans(found: Found, { state, engine, print }: Needed): Promise<void> {
  const known = new Set(state.resources.map(({ id }) => id))
  const containers = found.containers.filter(({ id }) => !known.has(id))
  for (const { name } of containers) print(`Removing ${name}, which an earlier run left behind.`)
  await engine.remove(
    containers.map(({ id }) => id),
    found.networks.filter((id) => !known.has(id)),
  )
}

const IMAGE = 'docker:index/image:Image'
const CONTAINER = 'docker:index/container:Container'

/**
 * The resources that the state believes in and the engine no longer has as they should be: Pulumi would leave them as they
 * are, and a refresh fails at roles whose database is gone.
 */
async function toReplace(resources: readonly StateResource[], engine: Engine): Promise<readonly string[]> {
  const images = resources.filter(({ type }) => type === IMAGE)
  const containers = resources.filter(({ type }) => type === CONTAINER)
  const digestOf = ({ outputs = {} }: StateResource) => String(outputs.repoDigest)
  const [knownImages, known] = await Promise.all([
    engine.images(images.map(digestOf)),
    engine.inspect(containers.flatMap(({ id }) => id ?? [])),
  ])
  const broken = [
    ...images.filter((image) => !knownImages.has(digestOf(image))),
    ...containers.filter((container) =>
      isBroken(
        container,
        known.find(({ id }) => id === container.id),
      ),
    ),
  ]
  return broken.map(({ urn }) => urn)
}

function isBroken({ outputs = {} }: StateResource, container: ContainerFacts | undefined): boolean {
  if (container === undefined) return true
  // One that runs once has done so; one that is never started only carries files.
  if (outputs.mustRun === false) return typeof outputs.exitCode === 'number' && outputs.exitCode !== 0
  return container.state !== 'running' || container.health === 'unhealthy'
}
