import { setTimeout as sleep } from 'node:timers/promises'
import { obstructed } from './faults.ts'
import type { Lock } from './pulumi/backend.ts'
import type { Tools } from './tools.ts'

type Needed = Pick<Tools, 'pulumi' | 'engine' | 'terminal'>

/**
 * Clears away what an `up` that was killed left behind, so that this one gets there: a lock that nobody holds,
 * operations that nobody ends, containers whose names would be taken. None of it holds data.
 * @throws Refused where the stack is worked on, or what is on the engine belongs to another state
 */
export async function clearLeftovers(stack: string, name: string, tools: Needed): Promise<void> {
  const { pulumi, terminal } = tools
  const locks = await locksLeft(pulumi)
  const held = locks.filter(({ isHeld }) => isHeld)
  if (held.length > 0) throw obstructed(held.map((lock) => heldBy(lock, stack)))
  if (locks.length > 0) {
    terminal.print('A run that was killed left the stack locked; the lock is removed.')
    await pulumi.unlock()
  }
  const pending = await pulumi.takePending()
  if (pending.length > 0) {
    terminal.print('A run that was killed left something half done; it is done again.')
  }
  await removeOrphans(name, pending, tools)
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

async function removeOrphans(name: string, pending: readonly string[], { pulumi, engine, terminal }: Needed) {
  const [resources = [], containers, networks, volumes] = await Promise.all([
    pulumi.resources(),
    engine.containersOf(name),
    engine.networksOf(name),
    engine.volumesOf(name),
  ])
  const known = new Set(resources.map(({ id }) => id))
  const database = `${name}-postgres`
  const isOurs = known.has(database) || pending.some((urn) => urn.endsWith('::data-postgres'))
  if (volumes.includes(database) && !isOurs) throw obstructed([strange(name, database)])
  const orphans = containers.filter(({ id }) => !known.has(id))
  const orphanNetworks = networks.filter((id) => !known.has(id))
  for (const orphan of orphans) terminal.print(`Removing ${orphan.name}, which an earlier run left behind.`)
  await engine.remove(
    orphans.map(({ id }) => id),
    orphanNetworks,
  )
}

const strange = (name: string, volume: string) =>
  `The volume ${volume} holds the database of another stack with the name ${name}, whose state and passwords are not in this backend: choose another name with --config name=…, or the backend that it was made with (PULUMI_BACKEND_URL), or, to lose that index, remove what is left of it with: docker rm --force $(docker ps -aq --filter label=codebase-mcp.stack=${name}); docker volume rm ${volume}`
