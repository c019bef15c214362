import { setTimeout as sleep } from 'node:timers/promises'
import { Refused } from '../../faults.ts'
import { majorIn, volumeFolder } from '../../settings/postgres-version.ts'
import { POSTGRES_UID } from '../hardening.ts'
import type { Engine } from './engine.ts'
import type { ContainerFacts } from './facts.ts'

export interface PostgresPlace {
  readonly stack: string
  /** Name of the container and of the volume. */
  readonly name: string
  readonly image: string
  /** Major version of Postgres in the image, if its tag does not say it. */
  readonly version?: number | undefined
}

export interface There {
  readonly engine: Pick<Engine, 'run' | 'start' | 'stop' | 'runAside'>
  /** Containers of the stack. */
  readonly present: readonly Pick<ContainerFacts, 'name' | 'state'>[]
}

/** Returns the arguments for running another container on the volume. */
const onVolume = ({ stack, name: volume, ...place }: PostgresPlace) => ({
  stack,
  image: place.image,
  volume,
  user: POSTGRES_UID,
  folder: volumeFolder(majorIn(place)),
})

/**
 * Calls `work` with the container of the stack's Postgres, which is started if it is stopped. If it was removed, a
 * temporary container on its volume is used.
 * @returns undefined if no Postgres becomes ready
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
    // On an empty volume, the container has already exited.
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

/** The last line that the image writes when it initialises a database. */
const INITIALISED = `grep -q '^host all all all' "$PGDATA/pg_hba.conf"`

async function isUsable(container: string, engine: There['engine']): Promise<boolean> {
  if (!(await getsReady(container, engine))) return false
  return (await engine.run(container, ['sh', '-c', INITIALISED])).exitCode === 0
}

const TRIES = 120
const TRY_EVERY_MS = 500

// Over TCP, because the server that initialises the database listens only on its socket.
const READY = ['pg_isready', '--quiet', '--host=127.0.0.1']

async function getsReady(container: string, { run }: Pick<Engine, 'run'>): Promise<boolean> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const { exitCode, errors } = await run(container, READY)
    if (exitCode === 0) return true
    // A message on stderr comes from the engine: the container is not running.
    if (errors !== '') return false
    await sleep(TRY_EVERY_MS)
  }
  return false
}

/**
 * Empties the volume of a Postgres whose first start was interrupted: the image takes the files for a database, but
 * cannot start on them. Objects created by users have OIDs from 16384 on; if there is any such file, the volume is left
 * as it is.
 * @returns whether the volume was emptied
 */
export async function emptyUnfinished(place: PostgresPlace, { engine, present }: There): Promise<boolean> {
  await engine.stop(present.map(({ name }) => name).filter((name) => name === place.name))
  const run = { options: ['--entrypoint', 'sh'], command: ['-c', EMPTY] }
  return (await engine.runAside({ ...onVolume(place), ...run })) !== ''
}

/** Whether the volume of a Postgres has no files yet. */
export async function isUntouched(place: PostgresPlace, engine: Pick<Engine, 'runAside'>): Promise<boolean> {
  const run = { options: ['--entrypoint', 'sh'], command: ['-c', LISTED] }
  return (await engine.runAside({ ...onVolume(place), pull: true, ...run })) === ''
}

// The engine copies the image's folder into an empty volume, but that contains no files.
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
