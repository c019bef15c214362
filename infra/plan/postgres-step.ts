import { podOf } from '../policy/pods.ts'
import { majorVersionOf } from '../settings/postgres-version.ts'
import { kindOf, nameOf } from './kinds.ts'
import type { Planned } from './plan.ts'

/** What is wrong with a step to another major version of Postgres over data that are there; undefined where nothing is. */
export function postgresStep(before: Planned, after: Planned): string | undefined {
  const [one, other] = [before, after].map((resource) => majorVersionOf(imageOf(resource) ?? ''))
  if (one === undefined || other === undefined || one === other || nameOf(before) !== nameOf(after)) return undefined
  // The operator takes its data to a newer version itself.
  if (kindOf(after) === 'Cluster' && other > one) return undefined
  return `Postgres ${other} does not open the files of major version ${one} and would not start; docs/upgrading.md has the way, by a dump`
}

/** The image of a database that keeps data. */
function imageOf(resource: Planned): string | undefined {
  const image = {
    StatefulSet: podOf(resource)?.containers.find(({ spec }) => spec.name === 'postgres')?.spec.image,
    Container: nameOf(resource).endsWith('-postgres') ? resource.inputs.image : undefined,
    Cluster: (resource.inputs.spec as { imageName?: unknown } | undefined)?.imageName,
  }[kindOf(resource)]
  return typeof image === 'string' ? image : undefined
}
