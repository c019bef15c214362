import { once, series } from '../series.ts'
import type { Rule } from './rule.ts'

/** Longest time between two starts of each CronJob, in seconds. */
export interface BackupIntervals {
  readonly backup: number
  readonly restoreTest: number
}

const HOUR = 3600

/** Allows a quarter of the interval, and the longest time that a run may take. */
const lateAfter = (interval: number) => Math.round(interval * 1.25) + 6 * HOUR

const ageAbove = (metric: string, seconds: number) => `time() - ${once(series(metric))} > ${seconds}`

const failed = (metric: string) => `${once(series(metric))} == 0`

/** Alerts about backups and restore tests. */
export const backupRules = ({ backup, restoreTest }: BackupIntervals): readonly Rule[] => [
  {
    alert: 'CodebaseMcpBackupFailed',
    expr: failed('codebase_backup_last_status'),
    for: '0m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'The last backup failed; earlier backups are kept',
      remedy: 'Read the pod logs of the newest Job of CronJob backup, then run it manually',
    },
  },
  {
    alert: 'CodebaseMcpBackupOld',
    expr: ageAbove('codebase_backup_last_success_timestamp_seconds', lateAfter(backup)),
    for: '10m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'The last successful backup was made {{ $value | humanizeDuration }} ago',
      remedy: 'Check whether CronJob backup is suspended, whether its pods start, and how long they take',
    },
  },
  {
    alert: 'CodebaseMcpBackupMissing',
    expr: `absent(${series('codebase_backup_last_success_timestamp_seconds')}) == 1`,
    for: duration(lateAfter(backup)),
    labels: { severity: 'critical' },
    annotations: {
      summary: 'There has never been a successful backup, or its metrics are missing',
      remedy: 'Run CronJob backup manually, and read the logs of its pods',
    },
  },
  {
    alert: 'CodebaseMcpRestoreTestFailed',
    expr: failed('codebase_restore_test_last_status'),
    for: '0m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'The last restore test failed',
      remedy: 'Read the log of the newest Job of CronJob restore-test, then make another backup and test it',
    },
  },
  {
    alert: 'CodebaseMcpRestoreTestOld',
    expr: ageAbove('codebase_restore_test_last_success_timestamp_seconds', lateAfter(restoreTest)),
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'The last successful restore test was {{ $value | humanizeDuration }} ago',
      remedy:
        'Check whether CronJob restore-test is suspended, whether its pods can be scheduled, and how long they take',
    },
  },
]

function duration(seconds: number): string {
  return `${Math.ceil(seconds / 60)}m`
}
