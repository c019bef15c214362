import { podOf } from '../policy/pods.ts'
import { kindOf } from './kinds.ts'
import type { Planned } from './plan.ts'

/**
 * Returns a note if the database is on a single volume without backups. Empty if a CronJob makes backups, or the
 * database is elsewhere.
 */
export function notesOnData(resources: readonly Planned[]): string[] {
  const isAlone = resources.some(
    (resource) =>
      kindOf(resource) === 'StatefulSet' &&
      podOf(resource)?.containers.some(({ spec }) => spec.name === 'postgres') === true,
  )
  const isBackedUp = resources.some((resource) => kindOf(resource) === 'CronJob')
  if (!isAlone || isBackedUp) return []
  return [
    'The database is on one volume, without backups and without an archive of its write-ahead log: if the volume is lost, everything must be indexed again. Set backup.enabled, or use database.cnpg (docs/backup.md).',
  ]
}
