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
        description: 'How the last run of CronJob backup ended. Nothing is shown where none are made.',
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
      description: 'Of the last one that succeeded, compressed.',
      unit: 'bytes',
      queries: [{ expr: shared('codebase_backup_last_size_bytes') }],
    }),
    stat({
      title: 'Duration of a backup',
      description: 'Of the last one, from its start until it was kept.',
      unit: 's',
      queries: [{ expr: shared('codebase_backup_last_duration_seconds') }],
    }),
    stat(
      {
        title: 'Last restore test',
        description: 'Whether the last backup that was restored for a test is what it should be.',
        unit: 'short',
        queries: [{ expr: shared('codebase_restore_test_last_status') }],
      },
      RESULT,
    ),
    stat(
      {
        title: 'Age of the last restore test',
        description: 'Since a backup was last restored with success.',
        unit: 's',
        queries: [{ expr: age('codebase_restore_test_last_success_timestamp_seconds') }],
      },
      { thresholds: steps(8 * DAY, 15 * DAY) },
    ),
    stat({
      title: 'Size of the tested backup',
      description: 'Of the last one that was restored with success.',
      unit: 'bytes',
      queries: [{ expr: shared('codebase_restore_test_last_size_bytes') }],
    }),
    stat({
      title: 'Duration of a restore test',
      description: 'Of the last one: to fetch the backup, restore it and look at it.',
      unit: 's',
      queries: [{ expr: shared('codebase_restore_test_last_duration_seconds') }],
    }),
    course({
      title: 'Backups in a day',
      description: 'Backups and restore tests that ended in the day before, well or not.',
      unit: 'short',
      queries: ['backup', 'restore_test'].map((kind) => ({
        expr: `max by (job) (changes(${selected(`codebase_${kind}_last_timestamp_seconds`)}[1d]))`,
        legend: kind.replace('_', ' '),
      })),
    }),
  ],
}
