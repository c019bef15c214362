import { setTimeout as sleep } from 'node:timers/promises'
import { Refused } from '../../faults.ts'
import { majorIn, volumeFolder } from '../../settings/postgres-version.ts'
import type { Engine } from './engine.ts'
import type { ContainerFacts } from './facts.ts'

export interface PostgresPlace {
  readonly stack: string
  /** Of its container, and of its volume. */
  readonly name: string
  readonly image: string
  /** The major version in the image, where its tag does not say it. */
  readonly version?: number | undefined
}

export interface There {
  readonly engine: Pick<Engine, 'run' | 'start' | 'stop' | 'runAside'>
  /** The containers of the stack. */
  readonly present: readonly Pick<ContainerFacts, 'name' | 'state'>[]
}

/** Who owns the volume. */
const UID = '999'

/** How something else is run on the volume. */
const onVolume = ({ stack, name: volume, ...place }: PostgresPlace) => ({
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
  { engine, present }: There,
  work: (container: string) => Promise<Result>,
): Promise<Result | undefined> {
  const aside = `${place.name}-aside`
  const named = (name: string) => present.find((container) => container.name === name)
  const own = named(place.name) ?? named(aside)
  if (own === undefined) return workAside(aside, place, { engine, work })
  if (own.state !== 'running' && !(await succeeds(engine.start([own.name])))) return undefined
  return (await isUsable(own.name, engine)) ? work(own.name) : undefined
}

interface Work<Result> extends Pick<There, 'engine'> {
  readonly work: (container: string) => Promise<Result>
}

async function workAside<Result>(aside: string, place: PostgresPlace, { engine, work }: Work<Result>) {
  const options = ['--detach', '--name', aside]
  if (!(await succeeds(engine.runAside({ ...onVolume(place), options, command: [] })))) return undefined
  try {
    return (await isUsable(aside, engine)) ? await work(aside) : undefined
  } finally {
    // On an empty volume it has ended by itself.
    await succeeds(engine.stop([aside]))
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
const INITIALISED = `grep -q '^host all all all' "$PGDATA/pg_hba.conf"`

async function isUsable(container: string, engine: There['engine']): Promise<boolean> {
  if (!(await getsReady(container, engine))) return false
  return (await engine.run(container, ['sh', '-c', INITIALISED])).exitCode === 0
}

const TRIES = 120
const TRY_EVERY_MS = 500

// Over TCP: the server that initialises the database listens on the socket alone.
const READY = ['pg_isready', '--quiet', '--host=127.0.0.1']

async function getsReady(container: string, { run }: Pick<Engine, 'run'>): Promise<boolean> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const { exitCode, errors } = await run(container, READY)
    if (exitCode === 0) return true
    // By then it is the engine that speaks: the container does not run.
    if (errors !== '') return false
    await sleep(TRY_EVERY_MS)
  }
  return false
}

/**
 * Empties the volume of a Postgres whose first start was cut short: the image takes what is there for a database, and it
 * never becomes one. Whatever somebody made in a database has a number from 16384 on; where there is one, all of it stays.
 */
export async function emptyUnfinished(place: PostgresPlace, { engine, present }: There): Promise<boolean> {
  await engine.stop(present.map(({ name }) => name).filter((name) => name === place.name))
  const run = { options: ['--entrypoint', 'sh'], command: ['-c', EMPTY] }
  return (await engine.runAside({ ...onVolume(place), ...run })) !== ''
}

/** Whether nobody has filled the volume of a Postgres yet. */
export async function isUntouched(place: PostgresPlace, engine: Pick<Engine, 'runAside'>): Promise<boolean> {
  const run = { options: ['--entrypoint', 'sh'], command: ['-c', LISTED] }
  return (await engine.runAside({ ...onVolume(place), pull: true, ...run })) === ''
}

// Where nothing is, the engine copies there what the image has: no file is in it.
const LISTED = 'find "$PGDATA" -type f 2>/dev/null | head -n 1'

const EMPTY = `
cd "$PGDATA" 2>/dev/null || exit 0
[ -n "$(ls -A)" ] || exit 0
! ${INITIALISED} || exit 0
made=$(find base pg_tblspc -mindepth 1 -name '[0-9]*' | sed 's#.*/##' | awk '$1 + 0 >= 16384' | head -n 1)
[ -z "$made" ] || exit 0
find . -mindepth 1 -delete
echo emptied
`
