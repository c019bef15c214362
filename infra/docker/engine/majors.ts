import { Refused } from '../../faults.ts'
import { linesOf } from '../../processes.ts'
import { majorVersionOf } from '../../settings/postgres-version.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import { STACK_LABEL } from '../hardening.ts'
import type { Engine } from './engine.ts'

/** What the volume of a stack's Postgres holds, and what the image of the settings is. */
interface Majors {
  /** Of the files; absent where there are none yet. */
  readonly data?: number
  readonly image: number
}

type Seen = Pick<Engine, 'docker' | 'of' | 'volumesOf'>

/** The way from one major version of Postgres to a later one. */
export interface Step {
  readonly from: { readonly major: number; readonly image: string }
  readonly to: number
  /** Whether an earlier attempt was cut short, which has kept the files. */
  readonly isResumed: boolean
}

/** The volume of a stack's Postgres; its container is called the same. */
export const volumeOf = (stack: string) => `${stack}-postgres`

/** The volume with the files of the former version. */
export const keptVolume = (stack: string, major: number) => `${volumeOf(stack)}-${major}`

/** A volume that is there as long as the files of the new version are not whole. */
export const markOf = (stack: string) => `${volumeOf(stack)}-upgrading`

/** Who owns the files. */
export const UID = '999'

/** Runs the image of the settings on the volume, which pulls it where it is not there. @throws Refused */
async function majorsOf({ name, postgres }: DockerSettings, { docker }: Seen): Promise<Majors> {
  const place = ['--network', 'none', '--user', UID, '--volume', `${volumeOf(name)}:/from:ro`]
  const told = await docker('run', '--rm', ...place, '--entrypoint', 'sh', postgres.image, '-c', VERSIONS)
  const [, image] = /PostgreSQL\) (\d+)/.exec(told) ?? []
  if (image === undefined) throw new Refused(`${postgres.image} has no Postgres: correct codebase-mcp:postgres.image`)
  const data = linesOf(told)
    .filter((line) => /^\d+$/.test(line))
    .map(Number)
  return { image: Number(image), ...(data.length === 0 ? {} : { data: Math.max(...data) }) }
}

const VERSIONS = 'cat /from/PG_VERSION /from/*/docker/PG_VERSION 2>/dev/null; postgres --version'

const ownContainer = async (stack: string, engine: Seen) =>
  (await engine.of(stack)).find((container) => container.name === volumeOf(stack))

/**
 * @param upgrade the command that takes the files to a later version
 * @throws Refused where the image of the settings would not start on the files that are there
 */
export async function refuseOtherMajor(settings: DockerSettings, engine: Seen, upgrade: string): Promise<void> {
  const { name, postgres, database } = settings
  if (database.url !== undefined) return
  const volumes = await engine.volumesOf(name)
  if (volumes.includes(markOf(name))) {
    throw new Refused(`An upgrade of Postgres was cut short, and its database is not whole: \`${upgrade}\` goes on`)
  }
  if (!volumes.includes(volumeOf(name))) return
  const own = await ownContainer(name, engine)
  if (own?.state === 'running' && own.image === postgres.image) return
  const { data, image } = await majorsOf(settings, engine)
  if (data === undefined || data === image) return
  const way = data < image ? `\`${upgrade}\` takes it there; else set` : 'set'
  throw new Refused(
    `The volume ${volumeOf(name)} has a database of Postgres ${data}, which Postgres ${image} of ${postgres.image} does not open: ${way} codebase-mcp:postgres.image to an image of Postgres ${data}`,
  )
}

/**
 * What an upgrade would do; undefined where there is nothing to do.
 * @param recorded the image that the state has @param up the command that makes a database
 * @throws Refused
 */
export async function planned(
  settings: DockerSettings,
  engine: Seen,
  { recorded, up }: { readonly recorded: string | undefined; readonly up: string },
): Promise<Step | undefined> {
  const { name, postgres, database } = settings
  if (database.url !== undefined) {
    throw new Refused('The database of this stack is not in it (codebase-mcp:database.url): upgrade it where it is')
  }
  const volumes = await engine.volumesOf(name)
  if (!volumes.includes(volumeOf(name))) throw new Refused(`There is no database yet: \`${up}\` makes it`)
  const { data, image: to } = await majorsOf(settings, engine)
  if (volumes.includes(markOf(name))) return { from: await markedIn(name, engine), to, isResumed: true }
  if (data === undefined) throw new Refused(`There is no database yet: \`${up}\` makes it`)
  if (data === to) return undefined
  if (data > to) {
    throw new Refused(
      `The database is of Postgres ${data}, and ${postgres.image} has the older ${to}: Postgres cannot downgrade data`,
    )
  }
  const kept = keptVolume(name, data)
  if (volumes.includes(kept)) {
    throw new Refused(`The volume ${kept} is there from an earlier upgrade: remove it with docker volume rm ${kept}`)
  }
  const images = [(await ownContainer(name, engine))?.image, recorded]
  const image = images.find((each) => each !== undefined && majorVersionOf(each) !== to)
  if (image === undefined) {
    throw new Refused(
      `Nothing tells which image the database was made with: run \`${up}\` with an image of Postgres ${data} first`,
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

/** Makes a volume of a stack that says where the step begins. */
export async function makeVolume(volume: string, stack: string, { from }: Step, { docker }: Seen): Promise<void> {
  const labels = [`${STACK_LABEL}=${stack}`, `${MAJOR}=${from.major}`, `${IMAGE}=${from.image}`]
  await docker('volume', 'create', ...labels.flatMap((label) => ['--label', label]), volume)
}
