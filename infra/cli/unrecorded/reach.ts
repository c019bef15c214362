import { setTimeout as sleep } from 'node:timers/promises'
import { majorIn, volumeFolder } from '../../settings/postgres-version.ts'
import type { Containers } from '../day-two/containers/containers.ts'
import type { StackContainer } from '../engine.ts'
import { Refused } from '../faults.ts'

export interface PostgresPlace {
  readonly stack: string
  /** Of its container, and of its volume. */
  readonly name: string
  readonly image: string
  /** The major version in the image, where its tag does not say it. */
  readonly version?: number | undefined
}

export interface There {
  readonly containers: Pick<Containers, 'run' | 'start' | 'stop' | 'runAside'>
  /** The containers of the stack. */
  readonly present: readonly StackContainer[]
}

/** Who owns the volume. */
const UID = '999'

/** How something else is run on the volume. */
export const onVolume = ({ stack, name: volume, ...place }: PostgresPlace) => ({
  stack,
  image: place.image,
  volume,
  user: UID,
  folder: volumeFolder(majorIn(place)),
})

/**
 * Does some work in the container of a stack's Postgres, which is started where it is stopped; where it was removed, in
 * another one on its volume, that goes again.
 * @returns undefined where there is no Postgres that gets ready
 */
export async function reachPostgres<Result>(
  place: PostgresPlace,
  { containers, present }: There,
  work: (container: string) => Promise<Result>,
): Promise<Result | undefined> {
  const aside = `${place.name}-aside`
  const named = (name: string) => present.find((container) => container.name === name)
  const own = named(place.name) ?? named(aside)
  if (own === undefined) return workAside(aside, place, { containers, work })
  if (own.state === 'stopped' && !(await succeeds(containers.start([own.name])))) return undefined
  return (await isUsable(own.name, containers)) ? work(own.name) : undefined
}

interface Work<Result> extends Pick<There, 'containers'> {
  readonly work: (container: string) => Promise<Result>
}

async function workAside<Result>(aside: string, place: PostgresPlace, { containers, work }: Work<Result>) {
  const options = ['--detach', '--name', aside]
  if (!(await succeeds(containers.runAside({ ...onVolume(place), options, command: [] })))) return undefined
  try {
    return (await isUsable(aside, containers)) ? await work(aside) : undefined
  } finally {
    // On an empty volume it has ended by itself.
    await succeeds(containers.stop([aside]))
  }
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    if (error instanceof Refused) return false
    throw error
  }
}

/** The line with which the image ends to initialise a database. */
export const INITIALISED = `grep -q '^host all all all' "$PGDATA/pg_hba.conf"`

async function isUsable(container: string, containers: There['containers']): Promise<boolean> {
  if (!(await getsReady(container, containers))) return false
  return (await containers.run(container, ['sh', '-c', INITIALISED])).exitCode === 0
}

const TRIES = 120
const TRY_EVERY_MS = 500

// Over TCP: the server that initialises the database listens on the socket alone.
const READY = ['pg_isready', '--quiet', '--host=127.0.0.1']

async function getsReady(container: string, { run }: Pick<Containers, 'run'>): Promise<boolean> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const { exitCode, errors } = await run(container, READY)
    if (exitCode === 0) return true
    // By then it is the engine that speaks: the container does not run.
    if (errors !== '') return false
    await sleep(TRY_EVERY_MS)
  }
  return false
}
