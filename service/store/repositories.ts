import type { RepositoryScope } from '../access/repository-scope.ts'
import { MINUTE } from '../units.ts'
import type { Database, Sql } from './database.ts'
import type { StoredFault } from './jobs.ts'
import { type WithNulls, withoutNulls } from './nulls.ts'
import { isInScope } from './visibility.ts'

export interface RepositoryRow {
  readonly id: number
  readonly name: string
  readonly source: string
  /** Published generation. 0 before the first. */
  readonly generation: number
  readonly commit?: string
  /** End of the last successful run. Undefined before the first. */
  readonly indexedAt?: Date
  readonly files: number
  readonly chunks: number
  readonly bytes: number
  readonly skipped: Readonly<Record<string, number>>
  /** Number of masked secrets in the texts, by kind. */
  readonly masked: Readonly<Record<string, number>>
  /** Changes whenever vectors are stored. */
  readonly vectors: number
  /** Whether a run over the whole repository is queued or running. */
  readonly isIndexing: boolean
  /** Why the last run failed, if it did. */
  readonly fault?: StoredFault
  /** Undefined if nobody watches the folder. */
  readonly watch?: WatchWay
}

/** How changes to a folder are detected. */
export interface WatchWay {
  /** By file system events, or by polling. */
  readonly by: 'events' | 'polling'
  /** Polling interval. */
  readonly everySeconds?: number
  /** Why there are no events. */
  readonly reason?: string
}

/** Returns the repositories in the scope, by name, or only the one with the given name. */
export async function liveRepositories(sql: Sql, scope: RepositoryScope, name?: string): Promise<RepositoryRow[]> {
  const rows = await sql.query<WithNulls<RepositoryRow>>(
    `select id, name, source, generation, commit, indexed_at as "indexedAt", files, chunks, bytes, skipped, masked,
       vectors, fault, case when abs(extract(epoch from now() - watched_at)) * 1000 < $3 then watch end as watch,
       exists (
         select from job where job.repository_id = repository.id and kind = 'index' and state in ('queued', 'running')
           and paths is null
       ) as "isIndexing"
     from repository where not removed and ($1::text is null or name = $1) and ${isInScope('$2', '$4')} order by name`,
    [name ?? null, scope.names, WATCH_KEPT_MS, scope.patterns],
  )
  return rows.map(withoutNulls)
}

/** How long a process counts as watching a folder without renewing its record. */
const WATCH_KEPT_MS = 3 * MINUTE

/** Records how changes to a repository's folder are detected. Undefined if they no longer are. */
export async function recordWatch(sql: Sql, id: number, watch: WatchWay | undefined): Promise<void> {
  await sql.query('update repository set watch = $2::jsonb, watched_at = now() where id = $1', [
    id,
    watch === undefined ? null : JSON.stringify(watch),
  ])
}

/** Renews the record of the process that watches these repositories. */
export async function keepWatch(sql: Sql, ids: readonly number[]): Promise<void> {
  await sql.query('update repository set watched_at = now() where id = any($1::int[])', [ids])
}

/** The state of a repository from which a run starts. */
export interface RepositoryState {
  /** Published generation. */
  readonly generation: number
  /** Whether a run has ever succeeded. */
  readonly complete: boolean
  /** Commit of the last successful run. */
  readonly commit?: string
  readonly files: number
  readonly skipped: Readonly<Record<string, number>>
  /** Version of the index's format and settings. Undefined before the first publication. */
  readonly version?: string
}

export async function repositoryState(sql: Sql, id: number): Promise<RepositoryState | undefined> {
  const [row] = await sql.query<RepositoryState & Nullable>(
    `select generation, indexed_at is not null as complete, commit, files, skipped, secret_rules as version
     from repository where id = $1`,
    [id],
  )
  return row && known(row)
}

interface Nullable {
  readonly commit: string | null
  readonly version: string | null
}

/** Returns the row without its null columns. */
function known<Row extends object>({ commit, version, ...row }: Row & Nullable) {
  return { ...row, ...(commit === null ? {} : { commit }), ...(version === null ? {} : { version }) }
}

/** Returns the version of each repository's index, for repositories with a successful run. */
export async function indexVersions(
  sql: Sql,
): Promise<{ readonly id: number; readonly name: string; readonly version: string | null }[]> {
  return sql.query(
    `select id, name, secret_rules as version from repository
     where not removed and indexed_at is not null order by id`,
  )
}

const READ_BY_QUESTIONS = ['repository', 'file', 'content', 'chunk', 'segment', 'posting_block', 'job']
const NOTHING_OF_EACH = READ_BY_QUESTIONS.map((table) => `(select from ${table} limit 0)`).join(' union all ')

/** @throws Fault `database_not_usable`, `schema_outdated` if a table is missing or the role may not read it */
export async function checkTables(sql: Sql): Promise<void> {
  await sql.query(NOTHING_OF_EACH)
}

/** Returns the ids of all repositories that are not removed. */
export async function repositoryIds(sql: Sql): Promise<Set<number>> {
  const rows = await sql.query<{ id: number }>('select id from repository where not removed')
  return new Set(rows.map(({ id }) => id))
}

/** Returns the id of a source's repository, if it is registered. */
export async function repositoryOf(sql: Sql, source: string): Promise<number | undefined> {
  const [row] = await sql.query<{ id: number }>('select id from repository where source = $1', [source])
  return row?.id
}

/**
 * Registers a source. Returns undefined if the name is taken or the source is registered. A `polled` source is due at
 * once.
 */
export async function insertRepository(
  sql: Sql,
  name: string,
  source: string,
  polled = false,
): Promise<number | undefined> {
  const [row] = await sql.query<{ id: number }>(
    `insert into repository (name, source, poll_at) values ($1, $2, case when $3::boolean then now() end)
     on conflict do nothing returning id`,
    [name, source, polled],
  )
  return row?.id
}

export interface DueRepository {
  readonly id: number
  readonly name: string
  readonly source: string
  readonly commit?: string
  readonly version?: string
  /** Whether the last run failed. */
  readonly failed: boolean
  /** Code of the last run's fault. Empty without one. */
  readonly faultCode: string
}

/**
 * Returns the condition of being due. A time that is later than the longest delay allows was written before the clock
 * was set back.
 */
export const isDue = (longestMs: string) =>
  `(poll_at <= clock_timestamp() or (poll_at > clock_timestamp() + 2 * ${longestMs} * interval '1 ms' and isfinite(poll_at)))`

/**
 * Takes the repository that has been due longest, among those without an open run, for this caller only. It is due
 * again after the interval, or, unless a check or run succeeds meanwhile, after twice the previous delay, up to
 * `longestMs`. With an interval of 0, it is due only on request.
 */
export async function takeDueRepository(
  sql: Sql,
  { intervalMs, longestMs }: { readonly intervalMs: number; readonly longestMs: number },
): Promise<DueRepository | undefined> {
  const [row] = await sql.query<DueRepository & Nullable>(
    `update repository set poll_failures = poll_failures + 1, poll_at = case when $1::float8 = 0 then 'infinity' else
       clock_timestamp() + (0.9 + 0.2 * random())
       * least($1 * power(2, least(poll_failures, 20)), greatest($1, $2::float8)) * interval '1 ms' end
     where id = (
       select id from repository where not removed and ${isDue('greatest($1, $2::float8)')} and not exists (
         select from job where repository_id = repository.id and kind = 'index' and state in ('queued', 'running')
       )
       order by poll_at limit 1 for update skip locked
     )
     returning id, name, source, commit, secret_rules as version, coalesce(fault ->> 'code', '') as "faultCode", coalesce((
       select state = 'failed' from job where repository_id = repository.id and kind = 'index'
       order by created_at desc limit 1
     ), false) as failed`,
    [intervalMs, longestMs],
  )
  return row && known(row)
}

/** Records that a repository was checked and its index is up to date. */
export async function recordPoll(sql: Sql, id: number, intervalMs: number): Promise<void> {
  await sql.query(
    `update repository set poll_failures = 0, poll_at = case when $2::float8 = 0 then 'infinity' else
       clock_timestamp() + (0.9 + 0.2 * random()) * $2 * interval '1 ms' end
     where id = $1 and not removed`,
    [id, intervalMs],
  )
}

/** Makes a repository due as soon as it has no open run. */
export async function makeDue(sql: Sql, id: number): Promise<void> {
  await sql.query('update repository set poll_at = now() where id = $1', [id])
}

/** Makes the repositories due whose sources begin with this text and whose last check or run failed. */
export async function makeServerDue(sql: Sql, beginning: string): Promise<void> {
  await sql.query(
    'update repository set poll_at = now() where poll_failures > 0 and not removed and starts_with(source, $1)',
    [beginning],
  )
}

/** Hides a repository from all readers and ends its jobs. Returns its id, or undefined if the name is unknown. */
export function hideRepository(database: Database, name: string): Promise<number | undefined> {
  return database.transaction(async (sql) => {
    const [row] = await sql.query<{ id: number }>(
      `update repository set removed = true, generation = 0, name = 'removed:' || id, source = 'removed:' || id,
         listed_by = null, listed_as = null, missing_since = null
       where name = $1 and not removed returning id`,
      [name],
    )
    if (row !== undefined) await sql.query('delete from job where repository_id = $1', [row.id])
    return row?.id
  })
}

/** Returns the ids of hidden repositories, whose rows must still be swept. */
export async function hiddenRepositories(sql: Sql): Promise<number[]> {
  const rows = await sql.query<{ id: number }>('select id from repository where removed order by id')
  return rows.map(({ id }) => id)
}

/** Deletes a hidden repository, unless it still has rows to sweep. */
export async function deleteRepository(sql: Sql, id: number): Promise<void> {
  await sql.query(
    `delete from repository where id = $1 and removed
     and not exists (select from file where repository_id = $1)
     and not exists (select from segment where repository_id = $1)`,
    [id],
  )
}
