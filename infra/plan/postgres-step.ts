import { podOf } from '../policy/pods.ts'
import { majorVersionOf } from '../settings/postgres-version.ts'
import { kindOf, nameOf } from './kinds.ts'
import type { Planned } from './plan.ts'

/** Returns a warning if existing data would be opened by another major version of Postgres. Undefined if not. */
export function postgresStep(before: Planned, after: Planned): string | undefined {
  const [one, other] = [before, after].map((resource) => majorVersionOf(imageOf(resource) ?? ''))
  if (one === undefined || other === undefined || one === other || nameOf(before) !== nameOf(after)) return undefined
  // CloudNativePG upgrades its data itself.
  if (kindOf(after) === 'Cluster' && other > one) return undefined
  return `Postgres ${other} does not open the files of major version ${one} and would not start; docs/upgrading.md describes the upgrade, by a dump`
}

/** Returns the Postgres image of a resource with data. */
function imageOf(resource: Planned): string | undefined {
  const image = {
    StatefulSet: podOf(resource)?.containers.find(({ spec }) => spec.name === 'postgres')?.spec.image,
    Container: nameOf(resource).endsWith('-postgres') ? resource.inputs.image : undefined,
    Cluster: (resource.inputs.spec as { imageName?: unknown } | undefined)?.imageName,
  }[kindOf(resource)]
  return typeof image === 'string' ? image : undefined
}
