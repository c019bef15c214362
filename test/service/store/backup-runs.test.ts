import { expect, test } from 'vitest'
import {
  type BackupRun,
  lastBackupRuns,
  lastTestedBackup,
  recordBackupRun,
} from '../../../service/store/backup-runs.ts'
import { describeOnEachEngine } from './each-engine.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 2, minute))

const run = (minute: number, of: Partial<BackupRun> = {}): BackupRun => ({
  kind: 'backup',
  name: `codebase-mcp-${minute}`,
  bytes: minute * 1000,
  startedAt: at(minute - 1),
  finishedAt: at(minute),
  ...of,
})

describeOnEachEngine('Runs of backups', (database) => {
  test('are empty before the first', async () => {
    expect(await lastBackupRuns(database())).toEqual([])
    expect(await lastTestedBackup(database())).toBeUndefined()
  })

  test('show how the last one ended, and when one last succeeded', async () => {
    await recordBackupRun(database(), run(10))
    await recordBackupRun(database(), { kind: 'backup', startedAt: at(19), finishedAt: at(20), fault: 'No room' })
    expect(await lastBackupRuns(database())).toEqual([
      { kind: 'backup', succeeded: false, finishedAt: at(20), seconds: 60, succeededAt: at(10), bytes: 10_000 },
    ])
    await recordBackupRun(database(), run(30, { startedAt: at(28) }))
    expect(await lastBackupRuns(database())).toEqual([
      { kind: 'backup', succeeded: true, finishedAt: at(30), seconds: 120, succeededAt: at(30), bytes: 30_000 },
    ])
  })

  test('distinguish tests from backups, and show which backup is known to restore', async () => {
    await recordBackupRun(database(), run(40, { kind: 'restore_test', fault: 'chunk had 4 rows and has 3' }))
    expect(await lastBackupRuns(database())).toMatchObject([{ kind: 'backup' }, { kind: 'restore_test', seconds: 60 }])
    expect((await lastBackupRuns(database()))[1]).not.toHaveProperty('succeededAt')
    expect(await lastTestedBackup(database())).toBeUndefined()
    await recordBackupRun(database(), run(41, { kind: 'restore_test', name: 'good' }))
    await recordBackupRun(database(), run(42, { kind: 'restore_test', name: 'bad', fault: 'broken' }))
    expect(await lastTestedBackup(database())).toBe('good')
  })

  test('keep about a hundred, and the last success however old it is', async () => {
    await database().query(
      `insert into backup_run (kind, started_at, finished_at, fault)
       select 'backup', $1::timestamptz, $1::timestamptz + at * interval '1 minute', 'No room'
       from generate_series(1, 500) as at`,
      [at(50)],
    )
    await recordBackupRun(database(), { kind: 'backup', startedAt: at(50), finishedAt: at(51), fault: 'No room' })
    const [row] = await database().query<{ count: number }>(`select count(*) from backup_run where kind = 'backup'`)
    expect(row?.count).toBe(401)
    expect(await lastBackupRuns(database())).toMatchObject([{ succeeded: false, succeededAt: at(30) }, {}])
  })

  test('keep their order if the clock was set back', async () => {
    await recordBackupRun(database(), run(59, { kind: 'restore_test', name: 'later' }))
    await recordBackupRun(database(), run(58, { kind: 'restore_test', name: 'set back' }))
    expect((await lastBackupRuns(database()))[1]).toMatchObject({ kind: 'restore_test', finishedAt: at(58) })
    expect(await lastTestedBackup(database())).toBe('set back')
  })
})
