import type { Sql } from './database.ts'
import type { JobKind } from './jobs.ts'

export interface EngineFacts {
  /** Display form: `17.6`. */
  readonly version: string
  /** Comparable form: 170006. */
  readonly versionNumber: number
  /** Version of the extension in this database. Undefined if it was not created. */
  readonly pgvector?: string
  /** Version of the extension that the server offers. Undefined if it has none. */
  readonly pgvectorOnServer?: string
  /** Size of the database on disk. */
  readonly bytes: number
}

export async function engineFacts(sql: Sql): Promise<EngineFacts> {
  const [row] = await sql.query<EngineFacts & { pgvector: string | null; pgvectorOnServer: string | null }>(
    `select split_part(current_setting('server_version'), ' ', 1) as version, current_setting('server_version_num')::int as "versionNumber",
       (select extversion from pg_extension where extname = 'vector') as pgvector,
       (select default_version from pg_available_extensions where name = 'vector') as "pgvectorOnServer",
       pg_database_size(current_database()) as bytes`,
  )
  if (row === undefined) throw new Error('The server said nothing about itself')
  const { pgvector, pgvectorOnServer, ...facts } = row
  return {
    ...facts,
    ...(pgvector === null ? {} : { pgvector }),
    ...(pgvectorOnServer === null ? {} : { pgvectorOnServer }),
  }
}

/** Returns the database's clock, which leases and ages use. */
export async function databaseTime(sql: Sql): Promise<Date> {
  const [row] = await sql.query<{ now: Date }>('select clock_timestamp() as now')
  if (row === undefined) throw new Error('The server did not tell the time')
  return row.now
}

/** Returns how many connections the server has, and the maximum for ordinary roles. */
export async function connectionCount(sql: Sql): Promise<{ readonly used: number; readonly limit: number }> {
  const [row] = await sql.query<{ used: number; limit: number }>(
    `select coalesce(sum(numbackends), 0)::int as used,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as "limit"
     from pg_stat_database`,
  )
  return row ?? { used: 0, limit: 0 }
}

export interface StuckJob {
  readonly repository: string
  readonly kind: JobKind
  readonly state: 'queued' | 'running'
  /** Seconds since the job was requested, or since its holder last renewed the lease. */
  readonly seconds: number
}

/**
 * Returns jobs that no worker takes, oldest first: queued or abandoned for this long, while no job of their kind is
 * running.
 */
export function stuckJobs(sql: Sql, afterMs: number): Promise<StuckJob[]> {
  return sql.query<StuckJob>(
    `select repository.name as repository, open.kind, open.state,
       floor(extract(epoch from clock_timestamp() - open.since))::int as seconds
     from (
       select repository_id, kind, state, case state when 'queued' then created_at else greatest(lease_until, started_at) end as since
       from job where state in ('queued', 'running')
     ) as open join repository on repository.id = open.repository_id
     where open.since < clock_timestamp() - $1 * interval '1 ms'
       and not exists (
         select from job as other
         where other.kind = open.kind and other.state = 'running' and other.lease_until >= clock_timestamp())
     order by open.since`,
    [afterMs],
  )
}
