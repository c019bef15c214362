import type { Sql } from './database.ts'
import type { JobKind } from './jobs.ts'

export interface EngineFacts {
  /** As people write it: `17.6`. */
  readonly version: string
  /** As Postgres compares it: 170006. */
  readonly versionNumber: number
  /** Of the extension in this database; absent where it was not created. */
  readonly pgvector?: string
  /** Of the extension that the server could create; absent where it has none. */
  readonly pgvectorOnServer?: string
  /** What the database takes on disk. */
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

/** The time by which leases and ages are counted. */
export async function databaseTime(sql: Sql): Promise<Date> {
  const [row] = await sql.query<{ now: Date }>('select clock_timestamp() as now')
  if (row === undefined) throw new Error('The server did not tell the time')
  return row.now
}

/** How many connections the server has, of those that a role without special rights may make. */
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
  /** Since it was asked for, or since its holder last showed a sign of life. */
  readonly seconds: number
}

/** Jobs that nobody takes: queued or abandoned for so long, with no job of their kind under way, oldest first. */
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
