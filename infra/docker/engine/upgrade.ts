import { Writable } from 'node:stream'
import {
  FORMER_NOT_READY,
  FORMER_PORT,
  NEXT_NOT_READY,
  NEXT_PORT,
  SOCKETS,
  SOCKETS_OF_BOTH,
  TRANSFER,
} from '../../database/transfer.ts'
import { Interrupted, Refused } from '../../faults.ts'
import { serverCommand, tuning } from '../../postgres/tuning.ts'
import { linesOf } from '../../processes.ts'
import { dataFolder, volumeFolder } from '../../settings/postgres-version.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import { POSTGRES_UID, STACK_LABEL } from '../hardening.ts'
import type { Engine } from './engine.ts'
import { keptVolume, makeVolume, markOf, type Step, volumeOf } from './majors.ts'

type Note = (line: string) => void

interface UpgradeTools {
  readonly engine: Pick<Engine, 'docker' | 'of' | 'volumesOf' | 'run' | 'log' | 'start' | 'stop'>
  readonly note: Note
  readonly signal: AbortSignal
}

/**
 * Copies the data files to a volume that is kept, and fills the stack's own volume with a dump that the old version
 * makes from the copy. Leaves the stack stopped.
 * @throws Refused and Interrupted after restoring the files
 */
export async function upgradeOnDocker(settings: DockerSettings, step: Step, tools: UpgradeTools): Promise<void> {
  const { name } = settings
  const { engine, note, signal } = tools
  const running = (await engine.of(name)).filter(({ state }) => state === 'running').map((each) => each.name)
  const own = running.filter((each) => PARTS.includes(each.slice(name.length + 1)))
  // Stops the containers that write to the database before Postgres.
  const ordered = own.toSorted((a, b) => rank(a, name) - rank(b, name))
  await engine.stop(ordered)
  const kept = keptVolume(name, step.from.major)
  try {
    if (!step.isResumed) {
      note(`Copying the files of Postgres ${step.from.major} to the volume ${kept}.`)
      await makeVolume(kept, name, step, engine)
      await onVolumes(volumeOf(name), kept, COPY, step, engine)
      signal.throwIfAborted()
      await makeVolume(markOf(name), name, step, engine)
    }
    await onVolumes(kept, volumeOf(name), EMPTY, step, engine)
    await transfer(settings, step, tools)
  } catch (error) {
    note('Putting the original files back.')
    const isTouched = (await engine.volumesOf(name)).includes(markOf(name))
    if (isTouched) await onVolumes(kept, volumeOf(name), `${EMPTY}\n${COPY}`, step, engine)
    await engine.docker('volume', 'rm', '--force', markOf(name), kept)
    await engine.start(ordered.toReversed())
    if (signal.aborted) throw new Interrupted('Interrupted: the database is unchanged and in use')
    throw error
  }
  await engine.docker('volume', 'rm', markOf(name))
}

const PARTS: readonly string[] = ['mcp', 'worker', 'server', 'postgres']
const rank = (container: string, stack: string) => PARTS.indexOf(container.slice(stack.length + 1))

const COPY = 'cp -a /from/. /to/'
const EMPTY = 'find /to -mindepth 1 -delete'

type Docker = Pick<Engine, 'docker'>

async function onVolumes(from: string, to: string, script: string, step: Step, { docker }: Docker): Promise<void> {
  const place = ['--network', 'none', '--user', '0', '--volume', `${from}:/from:ro`, '--volume', `${to}:/to`]
  const run = ['--entrypoint', 'sh', step.from.image, '-c', `set -e\n${script}`]
  await docker('run', '--rm', '--pull', 'missing', ...place, ...run)
}

/**
 * Runs both versions at once, each on its own volume. They share a folder for their sockets and have no other network.
 */
async function transfer(settings: DockerSettings, step: Step, { engine, note, signal }: UpgradeTools): Promise<void> {
  const { name, postgres } = settings
  const { docker } = engine
  const [former, next] = [`${name}-postgres-former`, `${name}-postgres-next`]
  const sockets = `${name}-postgres-sockets`
  const { parameters, sharedMemory } = tuning(postgres)
  const start = (container: string, network: string, image: string, volume: string, port: number, folder: string) =>
    docker(
      'run',
      '--detach',
      '--pull=missing',
      '--cap-drop=ALL',
      '--stop-timeout=60',
      `--name=${container}`,
      `--label=${STACK_LABEL}=${name}`,
      `--network=${network}`,
      `--user=${POSTGRES_UID}`,
      `--shm-size=${sharedMemory}m`,
      `--volume=${sockets}:${SOCKETS}`,
      `--volume=${volume}:${folder}`,
      `--env=PGPORT=${port}`,
      '--env=POSTGRES_PASSWORD=for-the-first-start-alone',
      ...(folder === volumeFolder(18) ? [] : [`--env=PGDATA=${folder}`]),
      image,
      ...serverCommand({ ...parameters, unix_socket_directories: SOCKETS_OF_BOTH }),
    )
  await docker('rm', '--force', '--volumes', former, next)
  await makeVolume(sockets, name, step, engine)
  try {
    const { from, to } = step
    await start(former, 'none', from.image, keptVolume(name, from.major), FORMER_PORT, volumeFolder(from.major))
    await start(next, `container:${former}`, postgres.image, volumeOf(name), NEXT_PORT, volumeFolder(to))
    const words = ['bash', '-c', `FROM=${FORMER_PORT} TO=${NEXT_PORT}\n${TRANSFER}`]
    const { exitCode, errors } = await engine.run(former, words, { signal, output: noted(note) })
    if (exitCode !== 0) {
      const silent = { [FORMER_NOT_READY]: former, [NEXT_NOT_READY]: next }[exitCode]
      const log = silent === undefined ? '' : `\n${await lastLinesOf(silent, engine)}`
      throw new Refused(`The database cannot be loaded into Postgres ${to}: ${errors.trim()}${log}`)
    }
    await engine.stop([next, former])
    const place = ['--network', 'none', '--user', POSTGRES_UID, '--volume', `${volumeOf(name)}:/from:ro`]
    await docker('run', '--rm', ...place, '--entrypoint', 'sh', postgres.image, '-c', wholeIn(to))
  } finally {
    await docker('rm', '--force', '--volumes', former, next)
    await docker('volume', 'rm', '--force', sockets)
  }
}

/** Returns the end of a container's log. */
async function lastLinesOf(container: string, { log }: Pick<Engine, 'log'>): Promise<string> {
  const lines = await log(container, { tail: 10 })
  return lines.map(({ text }) => text).join('\n')
}

/** Prints each line as it arrives. The script writes whole lines, so no chunk contains part of one. */
const noted = (note: Note) =>
  new Writable({
    write(chunk: Buffer, _, done) {
      for (const line of linesOf(String(chunk))) note(`  ${line}`)
      done()
    },
  })

/** Fails if the database was not shut down cleanly. */
const wholeIn = (major: number) => `pg_controldata /from/${dataFolder(major)} | grep -q 'cluster state: *shut down$'`
