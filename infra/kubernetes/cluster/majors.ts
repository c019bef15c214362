import { type Fault, Refused, refusal } from '../../faults.ts'
import { npmCommand } from '../../printed-commands.ts'
import { hasDatabase } from '../../settings/derived.ts'
import { majorVersionOf } from '../../settings/postgres-version.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import { called } from '../metadata.ts'
import type { Kubectl } from './kubectl.ts'
import type { KubeObject } from './objects.ts'

type Fields = Readonly<Record<string, unknown>>

interface Container extends Fields {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly env?: readonly object[]
  readonly volumeMounts?: readonly (Fields & { readonly name: string })[]
}

export interface PodSpec extends Fields {
  readonly containers: readonly Container[]
  readonly volumes: readonly Fields[]
}

/** StatefulSet of a stack's Postgres. */
export interface PostgresSet extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels?: Fields; readonly annotations?: Fields }
      readonly spec: PodSpec
    }
  }
}

/** Annotation of the StatefulSet: major version of the data files, used until the image is updated. */
export const DATA_MAJOR = 'codebase-mcp/postgres-data'

/** Annotation of the claims with the old files: `copied` while the new version's files are incomplete, then `done`. */
export const UPGRADE = 'codebase-mcp/upgrade'

/** Claims of a database. */
export const CLAIMS = ['postgres', 'postgres-wal'] as const

/** Returns the name of the claim that keeps the old files. */
export const keptClaim = (settings: KubernetesSettings, claim: (typeof CLAIMS)[number], major: number) =>
  called(settings, `${claim}-${major}`)

/** Reads the StatefulSet. Undefined if it does not exist or cannot be seen. */
async function readPostgres(
  settings: KubernetesSettings,
  { read }: Pick<Kubectl, 'read'>,
): Promise<PostgresSet | undefined> {
  const { namespace } = settings.cluster
  const found = await read<PostgresSet>(
    `/apis/apps/v1/namespaces/${namespace}/statefulsets/${called(settings, 'postgres')}`,
  )
  return found.state === 'found' ? found.value : undefined
}

/** Returns the major version of the data files. Undefined if it is unknown. */
function majorOf(postgres: PostgresSet): number | undefined {
  const told = Number(postgres.metadata.annotations?.[DATA_MAJOR] ?? 0)
  const tagged = majorVersionOf(postgresIn(postgres.spec.template.spec).image) ?? 0
  return Math.max(told, tagged) || undefined
}

/** Returns the progress of an upgrade from a version. Undefined if no files of that version are kept. */
async function upgradeFrom(
  major: number,
  settings: KubernetesSettings,
  { read }: Pick<Kubectl, 'read'>,
): Promise<string | undefined> {
  const { namespace } = settings.cluster
  const claim = keptClaim(settings, 'postgres', major)
  const kept = await read<KubeObject>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${claim}`)
  return kept.state === 'found' ? (kept.value.metadata.annotations?.[UPGRADE] ?? 'begun') : undefined
}

/** Returns the container of Postgres. @throws Refused if a patch removed it */
export function postgresIn({ containers }: Pick<PodSpec, 'containers'>): Container {
  const found = containers.find(({ name }) => name === 'postgres')
  if (found === undefined) throw new Refused('The StatefulSet of postgres has no container "postgres"')
  return found
}

/** Checks whether the configured image can open the existing data files. Returns the fault, or undefined. */
export async function faultOfMajor(
  settings: KubernetesSettings,
  kubectl: Pick<Kubectl, 'read'>,
): Promise<Fault | undefined> {
  if (!hasDatabase(settings)) return undefined
  const { cluster, postgres } = settings
  const claims = `/api/v1/namespaces/${cluster.namespace}/persistentvolumeclaims`
  const [claim, set] = await Promise.all([
    kubectl.read(`${claims}/${called(settings, 'postgres')}`),
    readPostgres(settings, kubectl),
  ])
  const [data, image] = [set === undefined ? undefined : majorOf(set), majorVersionOf(postgres.image)]
  if (claim.state !== 'found' || data === undefined || image === undefined) return undefined
  const upgrade = npmCommand('upgrade')
  if ((await upgradeFrom(data, settings, kubectl)) === 'copied') {
    const detail = 'An upgrade of Postgres was interrupted, and its database is incomplete'
    return { detail, remedy: `run \`${upgrade}\` to continue` }
  }
  if (data === image) return undefined
  const detail = `The database is in the format of Postgres ${data}, which Postgres ${image} of ${postgres.image} cannot open`
  const way = data < image ? `run \`${upgrade}\` to upgrade it, or set` : 'set'
  return { detail, remedy: `${way} codebase-mcp:postgres.image to an image of Postgres ${data}` }
}

/** @throws Refused if the configured image cannot open the existing data files */
export async function refuseOtherMajor(settings: KubernetesSettings, kubectl: Pick<Kubectl, 'read'>): Promise<void> {
  const fault = await faultOfMajor(settings, kubectl)
  if (fault !== undefined) throw refusal(fault)
}

/** Upgrade from one major version of Postgres to a later one. */
export interface Step {
  readonly from: number
  readonly to: number
  /** Whether an interrupted upgrade has already copied the files. */
  readonly isResumed: boolean
  readonly postgres: PostgresSet
}

/**
 * Plans an upgrade. Undefined if there is nothing to upgrade.
 * @param up command that creates the database
 * @throws Refused
 */
export async function planned(
  settings: KubernetesSettings,
  kubectl: Pick<Kubectl, 'read'>,
  up: string,
): Promise<Step | undefined> {
  if (!hasDatabase(settings)) {
    throw new Refused(
      'The database of this stack does not run in one of its pods: upgrade it where it runs. CloudNativePG upgrades it when its image changes',
    )
  }
  const postgres = await readPostgres(settings, kubectl)
  if (postgres === undefined) throw new Refused(`There is no database yet: \`${up}\` creates it`)
  const { image } = settings.postgres
  const [from, to] = [majorOf(postgres), majorVersionOf(image)]
  if (from === undefined || to === undefined) {
    const untold = from === undefined ? postgresIn(postgres.spec.template.spec).image : image
    throw new Refused(`The tag of ${untold} does not name a major version of Postgres: use one that does, such as pg18`)
  }
  if (from === to) return undefined
  if (from > to) {
    throw new Refused(
      `The database is in the format of Postgres ${from}, but ${image} has the older version ${to}: Postgres cannot downgrade data`,
    )
  }
  const upgrade = await upgradeFrom(from, settings, kubectl)
  if (upgrade !== undefined && upgrade !== 'copied') {
    const claims = keptOf(from, settings).join(' ')
    throw new Refused(`The claims ${claims} are left from an earlier upgrade: remove them with kubectl delete pvc`)
  }
  return { from, to, isResumed: upgrade === 'copied', postgres }
}

export const keptOf = (major: number, settings: KubernetesSettings) =>
  CLAIMS.map((claim) => keptClaim(settings, claim, major))
