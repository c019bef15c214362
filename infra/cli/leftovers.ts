import { setTimeout as sleep } from 'node:timers/promises'
import { STACK_LABEL } from '../docker/hardening.ts'
import type { DockerSettings } from '../settings/settings.ts'
import type { StackContainer } from './engine.ts'
import { obstructed } from './faults.ts'
import type { Lock } from './pulumi/backend.ts'
import type { StackState, StateResource } from './pulumi/state.ts'
import type { Tools } from './tools.ts'
import { emptyUnfinished } from './unrecorded/empty.ts'
import { missingIn } from './unrecorded/missing.ts'
import { reachPostgres } from './unrecorded/reach.ts'

type Needed = Pick<Tools, 'pulumi' | 'engine' | 'containers' | 'terminal'>

interface Found {
  readonly containers: readonly StackContainer[]
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
}

/**
 * Clears away what an `up` that was killed left behind, so that this one gets there: a lock that nobody holds,
 * operations that nobody ends, roles that were not recorded, containers whose names would be taken. None of it holds data.
 * @returns what the stack consists of
 * @throws Refused where the stack is worked on, or what is on the engine belongs to another state
 */
export async function clearLeftovers(
  stack: string,
  settings: DockerSettings,
  tools: Needed,
): Promise<readonly StateResource[]> {
  const { pulumi, terminal } = tools
  await clearLock(stack, tools)
  const state = (await pulumi.state()) ?? { resources: [], pending: [] }
  const found = await foundOf(settings.name, tools)
  refuseStranger(settings.name, state, found)
  for (const dropped of await clearPostgres(stack, settings, { state, found, tools })) {
    terminal.print(`Removed ${dropped}, which an earlier run had begun and not recorded.`)
  }
  if (state.pending.length > 0) {
    terminal.print('A run that was killed left something half done; it is done again.')
    await pulumi.forgetPending()
  }
  await removeOrphans(state, found, tools)
  return state.resources
}

/** Removes a lock of the stack that nobody holds. @throws Refused where somebody does */
export async function clearLock(
  stack: string,
  { pulumi, terminal }: Pick<Needed, 'pulumi' | 'terminal'>,
): Promise<void> {
  const locks = await locksLeft(pulumi)
  const held = locks.filter(({ isHeld }) => isHeld)
  if (held.length > 0) throw obstructed(held.map((lock) => heldBy(lock, stack)))
  if (locks.length === 0) return
  terminal.print('A run that was killed left the stack locked; the lock is removed.')
  await pulumi.unlock()
}

const TRIES = 6
const TRY_EVERY_MS = 500

/** The locks of the stack; one whose process is just ending is given a moment. */
async function locksLeft(pulumi: Needed['pulumi']): Promise<readonly Lock[]> {
  for (let tries = 1; tries < TRIES; tries++) {
    const locks = await pulumi.locks()
    if (!locks.some(({ isHeld }) => isHeld)) return locks
    await sleep(TRY_EVERY_MS)
  }
  return pulumi.locks()
}

const heldBy = ({ pid, host, since }: Lock, stack: string) =>
  `Another \`pulumi\` works on the stack ${stack} (process ${pid} on ${host}, since ${since}): wait for its end, or, where it is gone, run \`npm run pulumi -- cancel --stack ${stack}\``

async function foundOf(name: string, { engine }: Needed): Promise<Found> {
  const [containers, networks, volumes] = await Promise.all([
    engine.containersOf(name),
    engine.networksOf(name),
    engine.volumesOf(name),
  ])
  return { containers, networks, volumes }
}

const databaseOf = (name: string) => `${name}-postgres`

function refuseStranger(name: string, { resources, pending }: StackState, { volumes }: Found): void {
  const database = databaseOf(name)
  const isOurs = resources.some(({ id }) => id === database) || pending.some((urn) => urn.endsWith('::data-postgres'))
  if (volumes.includes(database) && !isOurs) throw obstructed([strange(name, database)])
}

const strange = (name: string, volume: string) =>
  `The volume ${volume} holds the database of another stack with the name ${name}, whose state and passwords are not in this backend: choose another name with --config name=…, or the backend that it was made with (PULUMI_BACKEND_URL), or, to lose that index, remove what is left of it with: docker rm --force $(docker ps -aq --filter label=${STACK_LABEL}=${name}); docker volume rm ${volume}`

interface Left {
  readonly state: StackState
  readonly found: Found
  readonly tools: Needed
}

/** What was dropped in the stack's own Postgres because it was not recorded. */
async function clearPostgres(
  stack: string,
  { name, database, postgres }: DockerSettings,
  { state, found, tools }: Left,
): Promise<readonly string[]> {
  if (database.url !== undefined || !found.volumes.includes(databaseOf(name))) return []
  const missing = missingIn(state.resources)
  if (missing === undefined) return []
  // Seldom needed, and what it loads takes longer than what it does.
  const { dropUnrecorded } = await import('./unrecorded/drop.ts')
  const words = stack === 'dev' ? '' : `--stack ${stack} `
  const { image, version } = postgres
  const place = { stack: name, name: databaseOf(name), image, version }
  const there = { containers: tools.containers, present: found.containers }
  const dropped = await reachPostgres(place, there, (container) =>
    dropUnrecorded(missing, { container, words }, tools.containers),
  )
  if (dropped !== undefined) return dropped
  return missing.all && (await emptyUnfinished(place, there)) ? ['a database whose first start was cut short'] : []
}

async function removeOrphans({ resources }: StackState, found: Found, { engine, terminal }: Needed): Promise<void> {
  const known = new Set(resources.map(({ id }) => id))
  const containers = found.containers.filter(({ id }) => !known.has(id))
  for (const { name } of containers) terminal.print(`Removing ${name}, which an earlier run left behind.`)
  await engine.remove(
    containers.map(({ id }) => id),
    found.networks.filter((id) => !known.has(id)),
  )
}
