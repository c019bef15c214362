import type { Database, Sql } from './database.ts'

export const BACKUP_RUN_KINDS = ['backup', 'restore_test'] as const

type BackupRunKind = (typeof BACKUP_RUN_KINDS)[number]

export interface BackupRun {
  readonly kind: BackupRunKind
  /** Name of the backup. Undefined if the run failed before there was one. */
  readonly name?: string
  readonly bytes?: number
  readonly startedAt: Date
  readonly finishedAt: Date
  /** Why the run failed. Undefined if it succeeded. */
  readonly fault?: string
}

// More than a year of daily runs.
const KEPT = 400

/** Records a run, and deletes the oldest ones except the last that succeeded. */
export function recordBackupRun(database: Database, run: BackupRun): Promise<void> {
  const { kind, name = null, bytes = null, startedAt, finishedAt, fault = null } = run
  return database.transaction(async (sql) => {
    await sql.query(
      `insert into backup_run (kind, name, bytes, started_at, finished_at, fault) values ($1, $2, $3, $4, $5, $6)`,
      [kind, name, bytes, startedAt, finishedAt, fault],
    )
    await sql.query(
      `delete from backup_run where kind = $1
       and id not in (select id from backup_run where kind = $1 order by id desc limit $2)
       and id not in (select id from backup_run where kind = $1 and fault is null order by id desc limit 1)`,
      [kind, KEPT],
    )
  })
}

/** The latest run of a kind, and the latest that succeeded. */
export interface LastBackupRun {
  readonly kind: BackupRunKind
  readonly succeeded: boolean
  readonly finishedAt: Date
  readonly seconds: number
  readonly succeededAt?: Date
  /** Size of the backup of the run that succeeded. */
  readonly bytes?: number
}

/** Returns an entry for each kind of run that has happened. */
export async function lastBackupRuns(sql: Sql): Promise<LastBackupRun[]> {
  const rows = await sql.query<LastBackupRun & { succeededAt: Date | null; bytes: number | null }>(
    `select distinct on (last.kind) last.kind, last.fault is null as succeeded, last.finished_at as "finishedAt",
       greatest(extract(epoch from last.finished_at - last.started_at), 0)::float8 as seconds,
       good.finished_at as "succeededAt", good.bytes
     from backup_run last left join lateral (
       select finished_at, bytes from backup_run where kind = last.kind and fault is null
       order by id desc limit 1
     ) as good on true
     order by last.kind, last.id desc`,
  )
  return rows.map(({ succeededAt, bytes, ...row }) => ({
    ...row,
    ...(succeededAt === null ? {} : { succeededAt }),
    ...(bytes === null ? {} : { bytes }),
  }))
}

/** Returns the name of the last backup that was restored successfully, if any. */
export async function lastTestedBackup(sql: Sql): Promise<string | undefined> {
  const [row] = await sql.query<{ name: string }>(
    `select name from backup_run where kind = 'restore_test' and fault is null and name is not null
     order by id desc limit 1`,
  )
  return row?.name
}
