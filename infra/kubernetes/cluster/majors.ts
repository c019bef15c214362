import { type Fault, Refused, refusal } from '../../faults.ts'
import { npmCommand } from '../../reader.ts'
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

/** The StatefulSet of a stack's Postgres. */
export interface PostgresSet extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels?: Fields; readonly annotations?: Fields }
      readonly spec: PodSpec
    }
  }
}

/** At the StatefulSet: the major version of its files, where its image does not tell yet. */
export const DATA_MAJOR = 'codebase-mcp/postgres-data'

/** At the claims of the former files: `copied` as long as the files of the new version are not whole, then `done`. */
export const UPGRADE = 'codebase-mcp/upgrade'

/** The claims that hold a database. */
export const CLAIMS = ['postgres', 'postgres-wal'] as const

/** The claim of the former files. */
export const keptClaim = (settings: KubernetesSettings, claim: (typeof CLAIMS)[number], major: number) =>
  called(settings, `${claim}-${major}`)

/** Undefined where there is none, or it cannot be seen. */
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

/** The major version of its files; undefined where nothing tells. */
function majorOf(postgres: PostgresSet): number | undefined {
  const told = Number(postgres.metadata.annotations?.[DATA_MAJOR] ?? 0)
  const tagged = majorVersionOf(postgresIn(postgres.spec.template.spec).image) ?? 0
  return Math.max(told, tagged) || undefined
}

/** How far an upgrade from that version is; undefined where nothing is kept of it. */
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

/** @throws Refused where a patch has taken it away */
export function postgresIn({ containers }: Pick<PodSpec, 'containers'>): Container {
  const found = containers.find(({ name }) => name === 'postgres')
  if (found === undefined) throw new Refused('The StatefulSet of postgres has no container "postgres"')
  return found
}

/** What is wrong with the image of the settings for the files that are there, and what to do; undefined where nothing is. */
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
    const detail = 'An upgrade of Postgres was cut short, and its database is not whole'
    return { detail, remedy: `\`${upgrade}\` goes on` }
  }
  if (data === image) return undefined
  const detail = `The database is of Postgres ${data}, which Postgres ${image} of ${postgres.image} does not open`
  const way = data < image ? `\`${upgrade}\` takes it there; else set` : 'Set'
  return { detail, remedy: `${way} codebase-mcp:postgres.image to an image of Postgres ${data}` }
}

/** @throws Refused where the image of the settings would not start on the files that are there */
export async function refuseOtherMajor(settings: KubernetesSettings, kubectl: Pick<Kubectl, 'read'>): Promise<void> {
  const fault = await faultOfMajor(settings, kubectl)
  if (fault !== undefined) throw refusal(fault)
}

/** The way from one major version of Postgres to a later one. */
export interface Step {
  readonly from: number
  readonly to: number
  /** Whether an earlier attempt was cut short, which has kept the files. */
  readonly isResumed: boolean
  readonly postgres: PostgresSet
}

/**
 * What an upgrade would do; undefined where there is nothing to do.
 * @param up the command that makes a database
 * @throws Refused
 */
export async function planned(
  settings: KubernetesSettings,
  kubectl: Pick<Kubectl, 'read'>,
  up: string,
): Promise<Step | undefined> {
  if (!hasDatabase(settings)) {
    throw new Refused(
      'The database of this stack is not a pod of it: upgrade it where it runs; CloudNativePG upgrades when its image changes',
    )
  }
  const postgres = await readPostgres(settings, kubectl)
  if (postgres === undefined) throw new Refused(`There is no database yet: \`${up}\` makes it`)
  const { image } = settings.postgres
  const [from, to] = [majorOf(postgres), majorVersionOf(image)]
  if (from === undefined || to === undefined) {
    const untold = from === undefined ? postgresIn(postgres.spec.template.spec).image : image
    throw new Refused(`The tag of ${untold} does not name a major version of Postgres: use one that does, such as pg18`)
  }
  if (from === to) return undefined
  if (from > to) {
    throw new Refused(
      `The database is of Postgres ${from}, and ${image} has the older ${to}: Postgres cannot downgrade data`,
    )
  }
  const upgrade = await upgradeFrom(from, settings, kubectl)
  if (upgrade !== undefined && upgrade !== 'copied') {
    const claims = keptOf(from, settings).join(' ')
    throw new Refused(`The claims ${claims} remain from an earlier upgrade: remove them with kubectl delete pvc`)
  }
  return { from, to, isResumed: upgrade === 'copied', postgres }
}

export const keptOf = (major: number, settings: KubernetesSettings) =>
  CLAIMS.map((claim) => keptClaim(settings, claim, major))
