import { expect, test } from 'vitest'
import { notesOnData } from '../../../infra/plan/kept-data.ts'
import { deployment, resource } from './plans.ts'

const postgres = resource('kubernetes:apps/v1:StatefulSet', 'postgres-pods', {
  metadata: { name: 'postgres' },
  spec: { template: { spec: { containers: [{ name: 'postgres', image: 'pgvector/pgvector:pg17' }] } } },
})
const backup = resource('kubernetes:batch/v1:CronJob', 'backup-cronjob', { metadata: { name: 'backup' } })

test('the plan mentions a single Postgres without backups', () => {
  expect(notesOnData([postgres])).toEqual([expect.stringContaining('Set backup.enabled, or use database.cnpg')])
})

test.each([
  ['that is backed up', [postgres, backup]],
  ['that is somewhere else', [deployment({})]],
])('the plan does not mention a database %s', (_, resources) => {
  expect(notesOnData(resources)).toEqual([])
})
