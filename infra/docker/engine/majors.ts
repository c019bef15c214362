import { Refused } from '../../faults.ts'
import { linesOf } from '../../processes.ts'
import { majorVersionOf } from '../../settings/postgres-version.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import { POSTGRES_UID, STACK_LABEL } from '../hardening.ts'
import type { Engine } from './engine.ts'

/** Major versions of the files in the stack's volume and of the configured image. */
interface Majors {
  /** Version of the files. Undefined if there are none yet. */
  readonly data?: number
  readonly image: number
}

type Seen = Pick<Engine, 'docker' | 'of' | 'volumesOf'>

/** Upgrade from one major version of Postgres to a later one. */
export interface Step {
  readonly from: { readonly major: number; readonly image: string }
  readonly to: number
  /** Whether an earlier attempt was interrupted. The old files were kept. */
  readonly isResumed: boolean
}

/** Returns the name of the volume of a stack's Postgres, which is also that of its container. */
export const volumeOf = (stack: string) => `${stack}-postgres`

/** Returns the name of the volume with the files of the old version. */
export const keptVolume = (stack: string, major: number) => `${volumeOf(stack)}-${major}`

/** Returns the name of the volume that exists while the new version's files are incomplete. */
export const markOf = (stack: string) => `${volumeOf(stack)}-upgrading`

/**
 * Reads both versions by running the configured image on the volume. Pulls the image if it is missing.
 * @throws Refused
 */
async function majorsOf({ name, postgres }: DockerSettings, { docker }: Seen): Promise<Majors> {
  const place = ['--network', 'none', '--user', POSTGRES_UID, '--volume', `${volumeOf(name)}:/from:ro`]
  const told = await docker('run', '--rm', ...place, '--entrypoint', 'sh', postgres.image, '-c', VERSIONS)
  const [, image] = /PostgreSQL\) (\d+)/.exec(told) ?? []
  if (image === undefined)
    throw new Refused(`${postgres.image} does not contain Postgres: correct codebase-mcp:postgres.image`)
  const data = linesOf(told)
    .filter((line) => /^\d+$/.test(line))
    .map(Number)
  return { image: Number(image), ...(data.length === 0 ? {} : { data: Math.max(...data) }) }
}

const VERSIONS = 'cat /from/PG_VERSION /from/*/docker/PG_VERSION 2>/dev/null; postgres --version'

const ownContainer = async (stack: string, engine: Seen) =>
  (await engine.of(stack)).find((container) => container.name === volumeOf(stack))

/**
 * @param upgrade command that upgrades the files
 * @throws Refused if the configured image cannot open the existing files
 */
export async function refuseOtherMajor(settings: DockerSettings, engine: Seen, upgrade: string): Promise<void> {
  const { name, postgres, database } = settings
  if (database.url !== undefined) return
  const volumes = await engine.volumesOf(name)
  if (volumes.includes(markOf(name))) {
    throw new Refused(
      `An upgrade of Postgres was interrupted, and its database is incomplete: run \`${upgrade}\` to continue`,
    )
  }
  if (!volumes.includes(volumeOf(name))) return
  const own = await ownContainer(name, engine)
  if (own?.state === 'running' && own.image === postgres.image) return
  const { data, image } = await majorsOf(settings, engine)
  if (data === undefined || data === image) return
  const way = data < image ? `run \`${upgrade}\` to upgrade it, or set` : 'set'
  throw new Refused(
    `The volume ${volumeOf(name)} has a database of Postgres ${data}, which Postgres ${image} of ${postgres.image} does not open: ${way} codebase-mcp:postgres.image to an image of Postgres ${data}`,
  )
}

/**
 * Returns the upgrade to perform. Undefined if there is none.
 * @param recorded image in the state
 * @param up command that creates a database
 * @throws Refused
 */
export async function planned(
  settings: DockerSettings,
  engine: Seen,
  { recorded, up }: { readonly recorded: string | undefined; readonly up: string },
): Promise<Step | undefined> {
  const { name, postgres, database } = settings
  if (database.url !== undefined) {
    throw new Refused('This stack uses an existing database (codebase-mcp:database.url): upgrade that server instead')
  }
  const volumes = await engine.volumesOf(name)
  if (!volumes.includes(volumeOf(name))) throw new Refused(`There is no database yet: \`${up}\` creates it`)
  const { data, image: to } = await majorsOf(settings, engine)
  if (volumes.includes(markOf(name))) return { from: await markedIn(name, engine), to, isResumed: true }
  if (data === undefined) throw new Refused(`There is no database yet: \`${up}\` creates it`)
  if (data === to) return undefined
  if (data > to) {
    throw new Refused(
      `The database is in the format of Postgres ${data}, but ${postgres.image} has the older version ${to}: Postgres cannot downgrade data`,
    )
  }
  const kept = keptVolume(name, data)
  if (volumes.includes(kept)) {
    throw new Refused(`The volume ${kept} is left from an earlier upgrade: remove it with docker volume rm ${kept}`)
  }
  const images = [(await ownContainer(name, engine))?.image, recorded]
  const image = images.find((each) => each !== undefined && majorVersionOf(each) !== to)
  if (image === undefined) {
    throw new Refused(
      `The image that created the database is unknown: run \`${up}\` with an image of Postgres ${data} first`,
    )
  }
  return { from: { major: data, image }, to, isResumed: false }
}

const MAJOR = 'codebase-mcp.postgres'
const IMAGE = 'codebase-mcp.postgres-image'

async function markedIn(stack: string, { docker }: Seen): Promise<Step['from']> {
  const inspected = await docker('volume', 'inspect', '--format', '{{json .Labels}}', markOf(stack))
  const labels = JSON.parse(inspected) as Readonly<Record<string, string>>
  return { major: Number(labels[MAJOR]), image: labels[IMAGE] ?? '' }
}

/** Creates a volume whose labels record the version and image that the upgrade starts from. */
export async function makeVolume(volume: string, stack: string, { from }: Step, { docker }: Seen): Promise<void> {
  const labels = [`${STACK_LABEL}=${stack}`, `${MAJOR}=${from.major}`, `${IMAGE}=${from.image}`]
  await docker('volume', 'create', ...labels.flatMap((label) => ['--label', label]), volume)
}
