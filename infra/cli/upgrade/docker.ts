import { readFileSync } from 'node:fs'
import { STACK_LABEL } from '../../docker/hardening.ts'
import { serverCommand, tuning } from '../../postgres-tuning.ts'
import { dataFolder, majorVersionOf, volumeFolder } from '../../settings/postgres-version.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import type { Containers } from '../day-two/containers/containers.ts'
import type { Notes } from '../day-two/notes.ts'
import { type Docker, linesOf } from '../docker.ts'
import { Interrupted, Refused } from '../faults.ts'

/** What the volume of a stack's Postgres holds, and what the image of the settings is. */
interface Majors {
  /** Of the files; absent where there are none yet. */
  readonly data?: number
  readonly image: number
}

interface UpgradeTools {
  readonly docker: Docker
  readonly containers: Pick<Containers, 'of' | 'run' | 'start' | 'stop'>
  readonly notes: Pick<Notes, 'note'>
  readonly signal: AbortSignal
}

const volumeOf = (stack: string) => `${stack}-postgres`

/** The volume with the files of the former version. */
export const keptVolume = (stack: string, major: number) => `${volumeOf(stack)}-${major}`

/** There as long as the files of the new version are not whole. */
const markOf = (stack: string) => `${volumeOf(stack)}-upgrading`

const UID = '999'

/** Runs the image of the settings on the volume, which pulls it where it is not there. @throws Refused */
async function majorsOf({ name, postgres }: DockerSettings, docker: Docker): Promise<Majors> {
  const place = ['--network', 'none', '--user', UID, '--volume', `${volumeOf(name)}:/from:ro`]
  const told = await docker('run', '--rm', ...place, '--entrypoint', 'sh', postgres.image, '-c', VERSIONS)
  const lines = linesOf(told)
  const [, image] = /PostgreSQL\) (\d+)/.exec(told) ?? []
  if (image === undefined) throw new Refused(`${postgres.image} has no Postgres: correct codebase-mcp:postgres.image`)
  const data = lines.filter((line) => /^\d+$/.test(line)).map(Number)
  return { image: Number(image), ...(data.length === 0 ? {} : { data: Math.max(...data) }) }
}

const VERSIONS = 'cat /from/PG_VERSION /from/*/docker/PG_VERSION 2>/dev/null; postgres --version'

/** @throws Refused where the image of the settings would not start on the files that are there */
export async function refuseOtherMajor(
  settings: DockerSettings,
  { docker, containers }: Pick<UpgradeTools, 'docker'> & { readonly containers: Pick<Containers, 'of'> },
): Promise<void> {
  const { name, postgres, database } = settings
  if (database.url !== undefined) return
  const volumes = linesOf(await docker('volume', 'ls', '--quiet', '--filter', `label=${STACK_LABEL}=${name}`))
  if (volumes.includes(markOf(name))) {
    throw new Refused('An upgrade of Postgres was cut short, and its database is not whole: `npm run upgrade` goes on')
  }
  if (!volumes.includes(volumeOf(name))) return
  const own = (await containers.of(name)).find((container) => container.name === volumeOf(name))
  if (own?.state === 'running' && own.image.reference === postgres.image) return
  const { data, image } = await majorsOf(settings, docker)
  if (data === undefined || data === image) return
  const way = data < image ? '`npm run upgrade` takes it there; else set' : 'set'
  throw new Refused(
    `The volume ${volumeOf(name)} has a database of Postgres ${data}, which Postgres ${image} of ${postgres.image} does not open: ${way} codebase-mcp:postgres.image to an image of Postgres ${data}`,
  )
}

interface Step {
  readonly from: { readonly major: number; readonly image: string }
  readonly to: number
  readonly isResumed: boolean
}

/** What an upgrade would do; undefined where there is nothing to do. @throws Refused */
export async function plannedOnDocker(
  settings: DockerSettings,
  recorded: string | undefined,
  { docker, containers }: Pick<UpgradeTools, 'docker' | 'containers'>,
): Promise<Step | undefined> {
  const { name, postgres, database } = settings
  if (database.url !== undefined) {
    throw new Refused('The database of this stack is not in it (codebase-mcp:database.url): upgrade it where it is')
  }
  const volumes = linesOf(await docker('volume', 'ls', '--quiet', '--filter', `label=${STACK_LABEL}=${name}`))
  if (!volumes.includes(volumeOf(name))) throw new Refused('There is no database yet: `npm run up` makes it')
  const { data, image: to } = await majorsOf(settings, docker)
  if (volumes.includes(markOf(name))) {
    const inspected = await docker('volume', 'inspect', '--format', '{{json .Labels}}', markOf(name))
    const labels = JSON.parse(inspected) as Readonly<Record<string, string>>
    return { from: { major: Number(labels[MAJOR]), image: labels[IMAGE] ?? '' }, to, isResumed: true }
  }
  if (data === undefined) throw new Refused('There is no database yet: `npm run up` makes it')
  if (data === to) return undefined
  if (data > to) {
    throw new Refused(
      `The database is of Postgres ${data}, and ${postgres.image} has the older ${to}: Postgres goes no way back`,
    )
  }
  const kept = keptVolume(name, data)
  if (volumes.includes(kept)) {
    throw new Refused(`The volume ${kept} is there from an earlier upgrade: remove it with docker volume rm ${kept}`)
  }
  const own = (await containers.of(name)).find((container) => container.name === volumeOf(name))
  const image = [own?.image.reference, recorded].find((each) => each !== undefined && majorVersionOf(each) !== to)
  if (image === undefined) {
    throw new Refused(
      `Nothing tells which image the database was made with: run \`npm run up\` with an image of Postgres ${data} first`,
    )
  }
  return { from: { major: data, image }, to, isResumed: false }
}

const MAJOR = 'codebase-mcp.postgres'
const IMAGE = 'codebase-mcp.postgres-image'

/**
 * Copies the files to a volume that is kept, and fills the stack's own with what the former version reads there.
 * Nothing of the stack runs afterwards.
 * @throws Refused and Interrupted where the files are as they were
 */
export async function upgradeOnDocker(settings: DockerSettings, step: Step, tools: UpgradeTools): Promise<void> {
  const { name } = settings
  const { containers, docker, notes, signal } = tools
  const running = (await containers.of(name)).filter(({ state }) => state === 'running').map((each) => each.name)
  const own = running.filter((each) => PARTS.includes(each.slice(name.length + 1)))
  // Who writes first, then the database.
  const ordered = own.toSorted((a, b) => rank(a, name) - rank(b, name))
  await containers.stop(ordered)
  const kept = keptVolume(name, step.from.major)
  try {
    if (!step.isResumed) {
      notes.note(`The files of Postgres ${step.from.major} are copied to the volume ${kept}`)
      await makeVolume(kept, name, step, docker)
      await onVolumes(volumeOf(name), kept, COPY, step, docker)
      signal.throwIfAborted()
      await makeVolume(markOf(name), name, step, docker)
    }
    await onVolumes(kept, volumeOf(name), EMPTY, step, docker)
    await transfer(settings, step, tools)
  } catch (error) {
    notes.note('The files are put back as they were.')
    const volumes = linesOf(await docker('volume', 'ls', '--quiet', '--filter', `label=${STACK_LABEL}=${name}`))
    if (volumes.includes(markOf(name))) await onVolumes(kept, volumeOf(name), `${EMPTY}\n${COPY}`, step, docker)
    await docker('volume', 'rm', '--force', markOf(name), kept)
    await containers.start(ordered.toReversed())
    if (signal.aborted) throw new Interrupted('Interrupted: the database is as it was, and the server serves it')
    throw error
  }
  await docker('volume', 'rm', markOf(name))
}

const PARTS: readonly string[] = ['mcp', 'worker', 'server', 'postgres']
const rank = (container: string, stack: string) => PARTS.indexOf(container.slice(stack.length + 1))

async function makeVolume(volume: string, stack: string, { from }: Step, docker: Docker): Promise<void> {
  const labels = [`${STACK_LABEL}=${stack}`, `${MAJOR}=${from.major}`, `${IMAGE}=${from.image}`]
  await docker('volume', 'create', ...labels.flatMap((label) => ['--label', label]), volume)
}

const COPY = 'cp -a /from/. /to/'
const EMPTY = 'find /to -mindepth 1 -delete'

async function onVolumes(from: string, to: string, script: string, step: Step, docker: Docker): Promise<void> {
  const place = ['--network', 'none', '--user', '0', '--volume', `${from}:/from:ro`, '--volume', `${to}:/to`]
  const run = ['--entrypoint', 'sh', step.from.image, '-c', `set -e\n${script}`]
  await docker('run', '--rm', '--pull', 'missing', ...place, ...run)
}

const FORMER_PORT = 5432
const PORT = 5433
const SOCKETS = '/var/run/postgresql'
/** The programs of some builds look for the socket in /tmp. */
const SOCKETS_OF_BOTH = `${SOCKETS},/tmp`
const TRANSFER = readFileSync(new URL('./transfer.sh', import.meta.url), 'utf8')

/** Both versions run at once, each on its volume, with their sockets in one folder and no network but their own. */
async function transfer(settings: DockerSettings, step: Step, tools: UpgradeTools): Promise<void> {
  const { name, postgres } = settings
  const { docker, containers, notes, signal } = tools
  const [former, next] = [`${name}-postgres-former`, `${name}-postgres-next`]
  const sockets = `${name}-postgres-sockets`
  const { parameters, sharedMemory } = tuning(postgres)
  const start = (container: string, network: string, image: string, volume: string, port: number, folder: string) =>
    docker(
      ...['run', '--detach', '--pull', 'missing', '--name', container, '--label', `${STACK_LABEL}=${name}`],
      ...['--network', network, '--user', UID, '--cap-drop', 'ALL', '--shm-size', `${sharedMemory}m`],
      ...['--stop-timeout', '60', '--volume', `${sockets}:${SOCKETS}`, '--volume', `${volume}:${folder}`],
      ...['--env', `PGPORT=${port}`, '--env', 'POSTGRES_PASSWORD=for-the-first-start-alone'],
      ...(folder === volumeFolder(18) ? [] : ['--env', `PGDATA=${folder}`]),
      image,
      ...serverCommand({ ...parameters, unix_socket_directories: SOCKETS_OF_BOTH }),
    )
  await docker('rm', '--force', '--volumes', former, next)
  await makeVolume(sockets, name, step, docker)
  try {
    const { from, to } = step
    await start(former, 'none', from.image, keptVolume(name, from.major), FORMER_PORT, volumeFolder(from.major))
    await start(next, `container:${former}`, postgres.image, volumeOf(name), PORT, volumeFolder(to))
    const onErrorLine = (line: string) => notes.note(`  ${line}`)
    const words = ['bash', '-c', `FROM=${FORMER_PORT} TO=${PORT}\n${TRANSFER}`]
    const { exitCode, output, errors } = await containers.run(former, words, { signal, onErrorLine })
    if (exitCode !== 0) throw new Refused(`Postgres ${to} did not take the database: ${errors.trim()}`)
    notes.note(`${output.trim()} tables have as many rows in Postgres ${to} as they had.`)
    await containers.stop([next, former])
    await docker(
      'run',
      '--rm',
      '--network',
      'none',
      '--volume',
      `${volumeOf(name)}:/from:ro`,
      ...wholeIn(step, postgres),
    )
  } finally {
    await docker('rm', '--force', '--volumes', former, next)
    await docker('volume', 'rm', '--force', sockets)
  }
}

/** Fails where the database was not shut down in order. */
const wholeIn = ({ to }: Step, { image }: DockerSettings['postgres']) => [
  ...['--user', UID, '--entrypoint', 'sh', image, '-c'],
  `pg_controldata /from/${dataFolder(to)} | grep -q 'cluster state: *shut down$'`,
]
