import { course, type Row, stat, steps } from './panel.ts'
import { selected, shared } from './selected.ts'

const DAY = 86_400

const RESULT = {
  thresholds: [
    { color: 'red', value: null },
    { color: 'green', value: 1 },
  ],
  mappings: [{ type: 'value', options: { 0: { text: 'failed' }, 1: { text: 'good' } } }],
} as const

const age = (metric: string) => `time() - ${shared(metric)}`

export const BACKUPS: Row = {
  title: 'Backups',
  panels: [
    stat(
      {
        title: 'Last backup',
        description: 'Result of the last run of CronJob backup. Empty if backups are disabled.',
        unit: 'short',
        queries: [{ expr: shared('codebase_backup_last_status') }],
      },
      RESULT,
    ),
    stat(
      {
        title: 'Age of the last backup',
        description: 'Time since the last successful backup ended.',
        unit: 's',
        queries: [{ expr: age('codebase_backup_last_success_timestamp_seconds') }],
      },
      { thresholds: steps(1.5 * DAY, 3 * DAY) },
    ),
    stat({
      title: 'Size of a backup',
      description: 'Compressed size of the last successful backup.',
      unit: 'bytes',
      queries: [{ expr: shared('codebase_backup_last_size_bytes') }],
    }),
    stat({
      title: 'Duration of a backup',
      description: 'Time from the start of the last backup until it was stored.',
      unit: 's',
      queries: [{ expr: shared('codebase_backup_last_duration_seconds') }],
    }),
    stat(
      {
        title: 'Last restore test',
        description: 'Whether the last restore test found the backup complete.',
        unit: 'short',
        queries: [{ expr: shared('codebase_restore_test_last_status') }],
      },
      RESULT,
    ),
    stat(
      {
        title: 'Age of the last restore test',
        description: 'Time since the last successful restore test.',
        unit: 's',
        queries: [{ expr: age('codebase_restore_test_last_success_timestamp_seconds') }],
      },
      { thresholds: steps(8 * DAY, 15 * DAY) },
    ),
    stat({
      title: 'Size of the tested backup',
      description: 'Size of the backup in the last successful restore test.',
      unit: 'bytes',
      queries: [{ expr: shared('codebase_restore_test_last_size_bytes') }],
    }),
    stat({
      title: 'Duration of a restore test',
      description: 'Time that the last restore test took to fetch, restore and check the backup.',
      unit: 's',
      queries: [{ expr: shared('codebase_restore_test_last_duration_seconds') }],
    }),
    course({
      title: 'Backups per day',
      description: 'Backups and restore tests that ended in the last 24 hours, successful or not.',
      unit: 'short',
      queries: ['backup', 'restore_test'].map((kind) => ({
        expr: `max by (job) (changes(${selected(`codebase_${kind}_last_timestamp_seconds`)}[1d]))`,
        legend: kind.replace('_', ' '),
      })),
    }),
  ],
}
