import { Refused } from '../../faults.ts'
import { called } from '../../kubernetes/metadata.ts'
import { hasDatabase } from '../../settings/derived.ts'
import { majorVersionOf } from '../../settings/postgres-version.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
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
export async function readPostgres(
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
export function majorOf(postgres: PostgresSet): number | undefined {
  const told = Number(postgres.metadata.annotations?.[DATA_MAJOR] ?? 0)
  const tagged = majorVersionOf(postgresIn(postgres.spec.template.spec).image) ?? 0
  return Math.max(told, tagged) || undefined
}

/** How far an upgrade from that version is; undefined where nothing is kept of it. */
export async function upgradeFrom(
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
