import { called } from '../../../kubernetes/metadata.ts'
import { hasDatabase } from '../../../settings/derived.ts'
import { majorVersionOf } from '../../../settings/postgres-version.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import { type Finding, findings } from '../../finding.ts'
import type { Kubectl } from '../kubectl.ts'
import type { Claim } from '../objects.ts'

interface StatefulSet {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { name: string; image: string }[] } }
  }
}

const { failing } = findings('stack')

/** Whether the image of the settings opens the files that are there. @param claims those that there are */
export async function checkMajor(
  settings: KubernetesSettings,
  { read }: Pick<Kubectl, 'read'>,
  claims: readonly Claim[],
): Promise<Finding[]> {
  const name = called(settings, 'postgres')
  if (!hasDatabase(settings) || !claims.some(({ metadata }) => metadata.name === name)) return []
  const { namespace } = settings.cluster
  const found = await read<StatefulSet>(`/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}`)
  if (found.state !== 'found') return []
  const { containers } = found.value.spec.template.spec
  const data = majorVersionOf(containers.find((container) => container.name === 'postgres')?.image ?? '')
  const image = majorVersionOf(settings.postgres.image)
  if (data === undefined || image === undefined || data === image) return []
  const what = `The database is of Postgres ${data}, which Postgres ${image} of ${settings.postgres.image} does not open`
  const way = data < image ? 'docs/upgrading.md has the way, by a dump; else set' : 'Set'
  return [failing('postgres', what, `${way} codebase-mcp:postgres.image to an image of Postgres ${data}`)]
}
