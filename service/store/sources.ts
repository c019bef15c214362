import type { Database, Sql } from './database.ts'
import type { StoredFault } from './jobs.ts'
import { type WithNulls, withoutNulls } from './nulls.ts'
import { isDue } from './repositories.ts'

/** An organisation or group, as of its last listing. */
export interface SourceRow {
  readonly url: string
  readonly listedAt?: Date
  readonly fault?: StoredFault
  /** Number of repositories that this source added. */
  readonly repositories: number
}

/** Returns all sources, ordered by URL. */
export async function sourceRows(sql: Sql): Promise<SourceRow[]> {
  const rows = await sql.query<WithNulls<SourceRow>>(
    `select url, listed_at as "listedAt", fault, (
       select count(*)::integer from repository where listed_by = url and not removed
     ) as repositories from source order by url`,
  )
  return rows.map(withoutNulls)
}

/** Minimum interval between listings that webhooks or new processes cause. */
const TOLD_EVERY = '1 minute'

/**
 * Replaces the set of sources to list. Repositories of removed sources stay. A shorter interval than before counts from
 * the last listing; without an interval, sources are listed when a process starts.
 */
export async function keepSources(database: Database, urls: readonly string[], intervalMs: number): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query('delete from source where not url = any($1::text[])', [urls])
    await sql.query('insert into source (url) select unnest($1::text[]) on conflict do nothing', [urls])
    await sql.query(
      `update source set poll_at = least(poll_at, listed_at + greatest($1::float8 * interval '1 ms', interval '${TOLD_EVERY}'))
       where listed_at is not null and fault is null`,
      [intervalMs],
    )
  })
}

/** Returns the URL of the source that lists a repository, if it still does. */
export async function sourceListing(sql: Sql, name: string): Promise<string | undefined> {
  const [row] = await sql.query<{ url: string }>(
    'select url from source join repository on listed_by = url where name = $1 and not removed',
    [name],
  )
  return row?.url
}

interface Pace {
  /** 0 to list the source only on request. */
  readonly intervalMs: number
  readonly longestMs: number
}

/** Takes the source that has been due longest, for this caller only. It is due again as a polled repository is. */
export async function takeDueSource(sql: Sql, { intervalMs, longestMs }: Pace): Promise<string | undefined> {
  const [row] = await sql.query<{ url: string }>(
    `update source set poll_failures = poll_failures + 1, poll_at = case when $1::float8 = 0 then 'infinity' else
       clock_timestamp() + (0.9 + 0.2 * random())
       * least($1 * power(2, least(poll_failures, 20)), greatest($1, $2::float8)) * interval '1 ms' end
     where url = (select url from source where ${isDue('greatest($1, $2::float8)')} order by poll_at limit 1 for update skip locked)
     returning url`,
    [intervalMs, longestMs],
  )
  return row?.url
}

/** Records that a source was listed completely. */
export async function recordListing(sql: Sql, url: string, intervalMs: number): Promise<void> {
  await sql.query(
    `update source set poll_failures = 0, listed_at = now(), fault = null, poll_at = case when $2::float8 = 0 then 'infinity'
       else clock_timestamp() + (0.9 + 0.2 * random()) * $2 * interval '1 ms' end
     where url = $1`,
    [url, intervalMs],
  )
}

/** Records why a source could not be listed. @param waitMs delay that the server asked for */
export async function recordListingFault(sql: Sql, url: string, fault: StoredFault, waitMs?: number): Promise<void> {
  await sql.query(
    `update source set fault = $2::jsonb,
       poll_at = coalesce(clock_timestamp() + $3::float8 * interval '1 ms', poll_at) where url = $1`,
    [url, JSON.stringify(fault), waitMs ?? null],
  )
}

/** Makes the sources due that contain one of the addresses, or all sources. */
export async function makeSourcesDue(sql: Sql, addresses?: readonly string[]): Promise<void> {
  await sql.query(
    `update source set poll_at = least(poll_at, greatest(now(), coalesce(least(listed_at, now()), '-infinity') + interval '${TOLD_EVERY}'))
     where $1::text[] is null or exists (select from unnest($1::text[]) as address where starts_with(lower(address), lower(url) || '/'))`,
    [addresses ?? null],
  )
}

/** A registered repository, added by its source or by hand. */
export interface KnownRepository {
  readonly id: number
  readonly name: string
  readonly source: string
  readonly listedBy: string | null
  readonly listedAs: string | null
  readonly missing: boolean
}

/** Returns the repositories that have a number on the server of their source. */
export function repositoriesListedAs(sql: Sql, listedAs: string): Promise<Pick<KnownRepository, 'id' | 'source'>[]> {
  return sql.query('select id, source from repository where listed_as = $1 and not removed', [listedAs])
}

export function knownRepositories(sql: Sql): Promise<KnownRepository[]> {
  return sql.query(
    `select id, name, source, listed_by as "listedBy", listed_as as "listedAs", missing_since is not null as missing
     from repository where not removed`,
  )
}

/** Changes that a listing causes, by repository id. */
export interface ListingChanges {
  readonly added: readonly { readonly name: string; readonly source: string; readonly listedAs: string }[]
  readonly moved: readonly {
    readonly id: number
    readonly name: string
    readonly source: string
    readonly listedAs: string
  }[]
  readonly missing: readonly number[]
  readonly found: readonly number[]
  readonly removed: readonly number[]
}

/** Applies all changes of a listing, or none. */
export async function applyListing(database: Database, listedBy: string, changes: ListingChanges): Promise<void> {
  const { added, moved, missing, found, removed } = changes
  await database.transaction(async (sql) => {
    await sql.query('delete from job where repository_id = any($1::int[])', [removed])
    await sql.query(
      `update repository set removed = true, generation = 0, name = 'removed:' || id, source = 'removed:' || id,
         listed_by = null, listed_as = null, missing_since = null where id = any($1::int[])`,
      [removed],
    )
    await sql.query('update repository set missing_since = now() where id = any($1::int[])', [missing])
    await sql.query('update repository set missing_since = null where id = any($1::int[])', [found])
    // Two repositories may have swapped their names.
    await sql.query(
      `update repository set name = 'moving:' || id, source = 'moving:' || id, listed_as = null where id = any($1::int[])`,
      [moved.map(({ id }) => id)],
    )
    await sql.query(
      `update repository set name = moved.name, source = moved.source, listed_as = moved.listed_as, missing_since = null,
         poll_at = now()
       from unnest($1::int[], $2::text[], $3::text[], $4::text[]) as moved (id, name, source, listed_as)
       where repository.id = moved.id`,
      columns(moved, 'id', 'name', 'source', 'listedAs'),
    )
    await sql.query(
      `insert into repository (name, source, listed_as, listed_by, poll_at)
       select name, source, listed_as, $4, now() from unnest($1::text[], $2::text[], $3::text[]) as added (name, source, listed_as)`,
      [...columns(added, 'name', 'source', 'listedAs'), listedBy],
    )
  })
}

const columns = <Row>(rows: readonly Row[], ...keys: readonly (keyof Row)[]) =>
  keys.map((key) => rows.map((row) => row[key]))
