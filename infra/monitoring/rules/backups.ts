import { once, series } from '../series.ts'
import type { Rule } from './rule.ts'

/** The longest time between two starts of each, in seconds. */
export interface BackupIntervals {
  readonly backup: number
  readonly restoreTest: number
}

const HOUR = 3600

/** One that is late by a quarter of its interval, and by what it may take, was missed. */
const lateAfter = (interval: number) => Math.round(interval * 1.25) + 6 * HOUR

const ageAbove = (metric: string, seconds: number) => `time() - ${once(series(metric))} > ${seconds}`

const failed = (metric: string) => `${once(series(metric))} == 0`

/** Whether there are backups, and whether they can be restored. */
export const backupRules = ({ backup, restoreTest }: BackupIntervals): readonly Rule[] => [
  {
    alert: 'CodebaseMcpBackupFailed',
    expr: failed('codebase_backup_last_status'),
    for: '0m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'The last backup failed; those before it were kept',
      remedy: 'The logs of the pods of the newest Job of CronJob backup have the reason; then run it by hand',
    },
  },
  {
    alert: 'CodebaseMcpBackupOld',
    expr: ageAbove('codebase_backup_last_success_timestamp_seconds', lateAfter(backup)),
    for: '10m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'The last good backup was made {{ $value | humanizeDuration }} ago',
      remedy: 'See whether CronJob backup is suspended, whether its pods start, and how long they take',
    },
  },
  {
    alert: 'CodebaseMcpBackupMissing',
    expr: `absent(${series('codebase_backup_last_success_timestamp_seconds')}) == 1`,
    for: duration(lateAfter(backup)),
    labels: { severity: 'critical' },
    annotations: {
      summary: 'There has never been a good backup, or nothing tells of one',
      remedy: 'Run CronJob backup by hand, and look at the logs of its pods',
    },
  },
  {
    alert: 'CodebaseMcpRestoreTestFailed',
    expr: failed('codebase_restore_test_last_status'),
    for: '0m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'The last backup that was restored for a test is not what it should be',
      remedy:
        'The log of the newest Job of CronJob restore-test names what is wrong; make another backup and test that',
    },
  },
  {
    alert: 'CodebaseMcpRestoreTestOld',
    expr: ageAbove('codebase_restore_test_last_success_timestamp_seconds', lateAfter(restoreTest)),
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'The last backup that is known to restore was tested {{ $value | humanizeDuration }} ago',
      remedy: 'See whether CronJob restore-test is suspended, whether its pods find a node, and how long they take',
    },
  },
]

function duration(seconds: number): string {
  return `${Math.ceil(seconds / 60)}m`
}
