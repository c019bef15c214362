import { EVERY_REPOSITORY, type RepositoryScope } from '../access/repository-scope.ts'
import { SECOND } from '../units.ts'
import type { Database, Sql } from './database.ts'
import { type WithNulls, withoutNulls } from './nulls.ts'
import { isInScope } from './visibility.ts'

export type JobKind = 'index' | 'embed'
type JobState = 'queued' | 'running' | 'succeeded' | 'partial' | 'failed' | 'cancelled'

export interface StoredFault {
  readonly code: string
  readonly message: string
  readonly remedy: string
}

export interface JobRow {
  readonly id: string
  readonly repositoryId: number
  readonly repository: string
  readonly source: string
  readonly kind: JobKind
  readonly state: JobState
  readonly force: boolean
  /** Whether the job looks only at changed paths. */
  readonly ofChanges: boolean
  /** Number of times the job was taken and neither finished nor returned for a reason outside it. */
  readonly attempts: number
  readonly progress: object
  readonly fault?: StoredFault
  readonly createdAt: Date
  readonly startedAt?: Date
  readonly finishedAt?: Date
}

/** A job that a worker has taken. Only the holder of the lease may work on it. */
export interface ClaimedJob extends JobRow {
  readonly lease: string
  /** Paths to look at. Undefined for all. */
  readonly paths?: readonly string[]
}

export type Lease = Pick<ClaimedJob, 'id' | 'lease'>

/** Another worker has taken the job, or its repository was removed. The former holder must stop and change nothing. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'

  constructor({ id }: Lease) {
    super(`The lease of job ${id} is lost`)
  }
}

const COLUMNS = `job.id, job.repository_id as "repositoryId", repository.name as repository, repository.source, job.kind,
  job.state, job.force, job.paths is not null as "ofChanges", job.attempts, job.progress, job.fault, job.created_at as "createdAt",
  job.started_at as "startedAt", job.finished_at as "finishedAt"`

/** Selects jobs of the scope's repositories. Parameters of `condition` and of what follows start at $3. */
async function jobs(
  sql: Sql,
  scope: RepositoryScope,
  condition: string,
  values: readonly unknown[],
): Promise<JobRow[]> {
  const rows = await sql.query<WithNulls<JobRow>>(
    `select ${COLUMNS} from job join repository on repository.id = job.repository_id
     where ${isInScope('$1', '$2')} and ${condition}`,
    [scope.names, scope.patterns, ...values],
  )
  return rows.map(withoutNulls)
}

/**
 * When a job was requested: later than the previous job of its repository ($1) and kind, so that jobs keep their order
 * if the clock was set back.
 */
const requestedAt = (kind: string) =>
  `greatest(clock_timestamp(), (
     select max(created_at) + interval '1 microsecond' from job where repository_id = $1 and kind = ${kind}))`

/**
 * Requests a job, which analyses unchanged files too with `force`. If one is open, returns that one, and forces it if it
 * has not begun. A job of changes becomes one of the whole repository; if it is running, it starts again afterwards.
 */
export async function enqueueJob(
  sql: Sql,
  repositoryId: number,
  kind: JobKind,
  { force = false }: { readonly force?: boolean } = {},
): Promise<JobRow> {
  const [row] = await sql.query<{ id: string }>(
    `insert into job (repository_id, kind, force, created_at) values ($1, $2, $3, ${requestedAt('$2')})
     on conflict (repository_id, kind) where state in ('queued', 'running')
     do update set paths = null,
       force = job.force or (excluded.force and (job.state = 'queued' or job.paths is not null))
     returning id`,
    [repositoryId, kind, force],
  )
  const job = row && (await jobById(sql, EVERY_REPOSITORY, row.id))
  if (job === undefined) throw new Error(`No job could be made for repository ${repositoryId}`)
  return job
}

/** With more changed paths, a run over the whole repository costs no more. */
const PATHS_A_JOB = 1000

/**
 * Requests a run over paths; the empty path stands for the whole repository. If the last run failed, requests a whole
 * run. A queued run takes the paths too. Returns false if a run is in progress, which may have missed them.
 */
export async function enqueueChanges(sql: Sql, repositoryId: number, paths: readonly string[]): Promise<boolean> {
  const rows = await sql.query(
    `insert into job (repository_id, kind, paths, created_at)
     select id, 'index', case when fault is not null then null when $3::int > $4::int then '[""]' else $2::jsonb end,
       ${requestedAt("'index'")}
     from repository where id = $1 and not removed and not exists (
       select from job where repository_id = $1 and kind = 'index' and state = 'running'
     )
     on conflict (repository_id, kind) where state in ('queued', 'running')
     do update set paths = case
       when jsonb_array_length(job.paths) + jsonb_array_length(excluded.paths) > $4::int then '[""]'
       else job.paths || excluded.paths end
     where job.state = 'queued' returning id`,
    [repositoryId, JSON.stringify(paths), paths.length, PATHS_A_JOB],
  )
  return rows.length > 0
}

/** Returns the job with this id, if any. `id` may be any text. */
export async function jobById(sql: Sql, scope: RepositoryScope, id: string): Promise<JobRow | undefined> {
  return (await jobs(sql, scope, 'job.id::text = $3', [id.toLowerCase()]))[0]
}

/** Returns the latest jobs, newest first. */
export function recentJobs(sql: Sql, scope: RepositoryScope, limit: number): Promise<JobRow[]> {
  return jobs(sql, scope, 'not repository.removed order by job.created_at desc, job.id limit $3', [limit])
}

/** Returns the latest `index` job of each repository. */
export function lastIndexJobs(sql: Sql, scope: RepositoryScope): Promise<JobRow[]> {
  return jobs(
    sql,
    scope,
    `job.id in (
       select distinct on (repository_id) id from job where kind = 'index' order by repository_id, created_at desc
     )`,
    [],
  )
}

/** No lease and no wait is this long. A later time was written before the clock was set back. */
const IMPOSSIBLY_LONG = '5 minutes'

/**
 * Takes the oldest job that is ready or whose holder did not renew its lease in time. The latter counts as an attempt,
 * unless `forgiving` says that something may have kept the holder from renewing. With `ofChanges`, takes only a job of
 * changes.
 */
export async function claimJob(
  sql: Sql,
  kind: JobKind,
  leaseMs: number,
  { forgiving = false, ofChanges = false }: { readonly forgiving?: boolean; readonly ofChanges?: boolean } = {},
): Promise<ClaimedJob | undefined> {
  const [row] = await sql.query<WithNulls<ClaimedJob>>(
    `update job set state = 'running', attempts = job.attempts + case when $3 and job.state = 'running' then 0 else 1 end,
       lease = gen_random_uuid(), lease_until = clock_timestamp() + $2 * interval '1 ms', fault = null,
       started_at = clock_timestamp()
     from repository
     where repository.id = job.repository_id and job.id = (
       select id from job where kind = $1 and state in ('queued', 'running')
       and coalesce(lease_until, '-infinity')
         not between clock_timestamp() and clock_timestamp() + interval '${IMPOSSIBLY_LONG}'
       and (paths is not null or not $4)
       order by created_at limit 1 for update skip locked
     )
     returning ${COLUMNS}, job.lease, job.paths`,
    [kind, leaseMs, forgiving, ofChanges],
  )
  return row && withoutNulls(row)
}

export interface OpenJobs {
  readonly kind: JobKind
  readonly state: 'queued' | 'running'
  readonly count: number
  /** Age of the oldest one. */
  readonly oldestSeconds: number
}

/** Counts the unfinished jobs. A job whose holder has died is queued. */
export function openJobs(sql: Sql): Promise<OpenJobs[]> {
  return sql.query<OpenJobs>(
    `select kind, state, count(*) as count,
       greatest(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as "oldestSeconds"
     from (
       select kind, created_at,
         case when state = 'running' and lease_until >= clock_timestamp() then 'running' else 'queued' end as state
       from job where state in ('queued', 'running')
     ) as open
     group by kind, state`,
  )
}

/** Releases the jobs of workers that are known to have ended, before their leases expire. */
export async function expireLeases(sql: Sql): Promise<void> {
  await sql.query(`update job set lease_until = '-infinity' where state = 'running'`)
}

/** How long the connection of a holder may be silent after its lease expired: it is then frozen or partitioned. */
const SILENT_MS = 10 * SECOND

/**
 * Ends silent transactions of holders whose lease has expired, because a transaction keeps others from taking the job.
 * Returns their number.
 */
export async function endSilentHolders(sql: Sql, silentMs = SILENT_MS): Promise<number> {
  const ended = await sql.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Client'
       and state_change < clock_timestamp() - $1 * interval '1 ms' and pg_has_role(usesysid, 'usage')
       and application_name in (
         select '${HOLDER}' || lease from job where state = 'running' and lease_until < clock_timestamp()
       )`,
    [silentMs],
  )
  return ended.length
}

/**
 * Returns transactions that fail with `LeaseLost` once another worker may have the job. While one lasts, no other
 * worker can take it.
 */
export function fencedBy(lease: Lease, database: Database): Pick<Database, 'transaction'> {
  return {
    transaction: (work) =>
      database.transaction(async (sql) => {
        await holdLease(sql, lease)
        return work(sql)
      }),
  }
}

/** Beginning of the application name of a connection that holds a job. The lease follows. */
const HOLDER = 'codebase-mcp lease '

async function holdLease(sql: Sql, lease: Lease): Promise<void> {
  const rows = await sql.query(
    `select set_config('application_name', $3, true) from job
     where id = $1 and lease = $2 and state = 'running' for update`,
    [lease.id, lease.lease, HOLDER + lease.lease],
  )
  if (rows.length === 0) throw new LeaseLost(lease)
}

/**
 * Renews the lease, and records the job's progress. While one of the holder's transactions has the job, there is no
 * need: nobody else can take it.
 * @throws LeaseLost
 */
export async function renewLease(sql: Sql, lease: Lease, leaseMs: number, progress: object): Promise<void> {
  const renewed = await sql.query(
    `update job set lease_until = clock_timestamp() + $3 * interval '1 ms', progress = $4::jsonb
     where id = (select id from job where id = $1 and lease = $2 and state = 'running' for update skip locked)
     returning id`,
    [lease.id, lease.lease, leaseMs, JSON.stringify(progress)],
  )
  if (renewed.length > 0) return
  const held = await sql.query(`select id from job where id = $1 and lease = $2 and state = 'running'`, [
    lease.id,
    lease.lease,
  ])
  if (held.length === 0) throw new LeaseLost(lease)
}

export interface JobEnd {
  readonly state: 'succeeded' | 'partial' | 'failed'
  readonly progress: object
  readonly fault?: StoredFault
}

const JOBS_KEPT = 20
const JOBS_OF_CHANGES_KEPT = 5

/**
 * Ends a job, and keeps only the latest finished jobs of its repository and kind. Returns false if the job was of
 * changes and the whole repository was requested meanwhile: it is then queued again.
 * @throws LeaseLost
 */
export async function finishJob(
  sql: Sql,
  job: Lease & Pick<ClaimedJob, 'ofChanges'>,
  { state, progress, fault }: JobEnd,
): Promise<boolean> {
  if (job.ofChanges && (await widened(sql, job))) return false
  const stored = fault === undefined ? null : JSON.stringify(fault)
  const [row] = await sql.query<{ repositoryId: number; kind: JobKind }>(
    `update job set state = $3, progress = $4::jsonb, fault = $5::jsonb, finished_at = clock_timestamp(),
       lease = null, lease_until = null
     where id = $1 and lease = $2 and state = 'running' returning repository_id as "repositoryId", kind`,
    [job.id, job.lease, state, JSON.stringify(progress), stored],
  )
  if (row === undefined) throw new LeaseLost(job)
  if (row.kind === 'index') {
    await sql.query('update repository set fault = $2::jsonb where id = $1', [row.repositoryId, stored])
  }
  await sql.query(
    `delete from job where id in (
       select id from job where repository_id = $1 and kind = $2 and (paths is not null) = $3 and finished_at is not null
       order by created_at desc offset $4
     )`,
    [row.repositoryId, row.kind, job.ofChanges, job.ofChanges ? JOBS_OF_CHANGES_KEPT : JOBS_KEPT],
  )
  return true
}

/** Queues a job again that was taken for changes and has become one of the whole repository. */
async function widened(sql: Sql, job: Lease): Promise<boolean> {
  const rows = await sql.query(
    `update job set state = 'queued', lease = null, lease_until = null, attempts = attempts - 1
     where id = $1 and lease = $2 and state = 'running' and paths is null returning id`,
    [job.id, job.lease],
  )
  return rows.length > 0
}

export interface GivenBack {
  /** Whether it counts as an attempt. */
  readonly counts: boolean
  /** What the job waits for, and how long it is not tried. */
  readonly waits?: { readonly fault: StoredFault; readonly ms: number }
}

/** Returns a job to the queue. @throws LeaseLost */
export async function requeueJob(sql: Sql, lease: Lease, { counts, waits }: GivenBack): Promise<void> {
  const rows = await sql.query(
    `update job set state = 'queued', lease = null, lease_until = clock_timestamp() + $4 * interval '1 ms',
       attempts = attempts - $3::int, fault = $5::jsonb
     where id = $1 and lease = $2 and state = 'running' returning id`,
    [lease.id, lease.lease, counts ? 0 : 1, waits?.ms ?? 0, waits === undefined ? null : JSON.stringify(waits.fault)],
  )
  if (rows.length === 0) throw new LeaseLost(lease)
}
