import { called } from '../../../kubernetes/metadata.ts'
import { hasDatabase } from '../../../settings/derived.ts'
import { majorVersionOf } from '../../../settings/postgres-version.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import { type Finding, findings } from '../../day-two/doctor/finding.ts'
import { Refused } from '../../faults.ts'
import type { Kubectl } from '../kubectl.ts'

type Fields = Readonly<Record<string, unknown>>

interface Mount {
  readonly name: string
}

interface Container extends Fields {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly env?: readonly object[]
  readonly volumeMounts?: readonly Mount[]
}

export interface PodSpec extends Fields {
  readonly containers: readonly Container[]
  readonly volumes: readonly Fields[]
}

export interface StatefulSet {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Fields; readonly annotations?: Fields }
      readonly spec: PodSpec
    }
  }
}

export interface Claim {
  readonly spec: { readonly accessModes: object; readonly storageClassName?: string; readonly resources: object }
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
}

/** At the StatefulSet: of which major version its files are, where its image does not tell yet. */
export const DATA_OF = 'codebase-mcp/postgres-data'
/** At the claims of the former files, once these are whole: how far the upgrade is. */
export const UPGRADE = 'codebase-mcp/upgrade'

const { failing } = findings('stack')

/** Whether the image of the settings opens the files that are there. */
export async function checkMajor(settings: KubernetesSettings, kubectl: Pick<Kubectl, 'read'>): Promise<Finding[]> {
  if (!hasDatabase(settings)) return []
  const found = await kubectl.read<StatefulSet>(pathOf(settings, 'apis/apps/v1', 'statefulsets', 'postgres'))
  if (found.state !== 'found') return []
  const data = majorOf(found.value)
  const image = majorVersionOf(settings.postgres.image)
  if (data === undefined || image === undefined) return []
  const kept = await kubectl.read<Claim>(
    pathOf(settings, 'api/v1', 'persistentvolumeclaims', keptName('postgres', data)),
  )
  if (kept.state === 'found' && kept.value.metadata.annotations?.[UPGRADE] === 'copied') {
    const cut = 'An upgrade of Postgres was cut short, and its database is not whole'
    return [failing('postgres', cut, '`npm run upgrade` goes on')]
  }
  if (data === image) return []
  const what = `The database is of Postgres ${data}, which Postgres ${image} of ${settings.postgres.image} does not open`
  const back = `set codebase-mcp:postgres.image to an image of Postgres ${data}`
  return [failing('postgres', what, data < image ? `\`npm run upgrade\` takes it there; else ${back}` : back)]
}

export function majorOf({ metadata, spec }: StatefulSet): number | undefined {
  const told = Number(metadata.annotations?.[DATA_OF] ?? 0)
  const tagged = majorVersionOf(postgresIn(spec.template.spec).image) ?? 0
  return Math.max(told, tagged) || undefined
}

export const postgresIn = ({ containers }: PodSpec): Container => {
  const found = containers.find(({ name }) => name === 'postgres')
  if (found === undefined) throw new Refused('The StatefulSet of postgres has no container "postgres"')
  return found
}

export const keptName = (claim: string, major: number) => `${claim}-${major}`

export const pathOf = (settings: KubernetesSettings, api: string, kind: string, name: string) =>
  `/${api}/namespaces/${settings.cluster.namespace}/${kind}/${called(settings, name)}`
