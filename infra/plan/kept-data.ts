import { podOf } from '../policy/pods.ts'
import { kindOf } from './kinds.ts'
import type { Planned } from './plan.ts'

/** What is said of a database on one volume that nobody backs up; nothing where a CronJob does, or it is somewhere else. */
export function notesOnData(resources: readonly Planned[]): string[] {
  const isAlone = resources.some(
    (resource) =>
      kindOf(resource) === 'StatefulSet' &&
      podOf(resource)?.containers.some(({ spec }) => spec.name === 'postgres') === true,
  )
  const isBackedUp = resources.some((resource) => kindOf(resource) === 'CronJob')
  if (!isAlone || isBackedUp) return []
  return [
    'The database is on one volume, without backups and without an archive of its write-ahead log: if the volume is lost, everything is indexed again. Set backup.enabled, or use database.cnpg (docs/backup.md).',
  ]
}
