import { called } from '../../../kubernetes/metadata.ts'
import { hasDatabase } from '../../../settings/derived.ts'
import { majorVersionOf } from '../../../settings/postgres-version.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import { type Finding, findings } from '../../finding.ts'
import type { Kubectl } from '../kubectl.ts'
import { majorOf, readPostgres, upgradeFrom } from '../majors.ts'
import type { Claim } from '../objects.ts'

const { failing } = findings('stack')

/** Whether the image of the settings opens the files that are there. @param claims those that there are */
export async function checkMajor(
  settings: KubernetesSettings,
  kubectl: Pick<Kubectl, 'read'>,
  claims: readonly Claim[],
): Promise<Finding[]> {
  const name = called(settings, 'postgres')
  if (!hasDatabase(settings) || !claims.some(({ metadata }) => metadata.name === name)) return []
  const postgres = await readPostgres(settings, kubectl)
  const data = postgres === undefined ? undefined : majorOf(postgres)
  const image = majorVersionOf(settings.postgres.image)
  if (data === undefined || image === undefined) return []
  if ((await upgradeFrom(data, settings, kubectl)) === 'copied') {
    const cut = 'An upgrade of Postgres was cut short, and its database is not whole'
    return [failing('postgres', cut, '`npm run upgrade` goes on')]
  }
  if (data === image) return []
  const what = `The database is of Postgres ${data}, which Postgres ${image} of ${settings.postgres.image} does not open`
  const way = data < image ? '`npm run upgrade` takes it there; else set' : 'Set'
  return [failing('postgres', what, `${way} codebase-mcp:postgres.image to an image of Postgres ${data}`)]
}
