import type { Sql } from './database.ts'

/** A file or folder that is missing from the index in whole or in part. */
export interface LeftOutRow {
  readonly path: string
  readonly reason: string
  readonly detail?: string
  /** Stamp of a file that is left out because of its contents. */
  readonly stamp?: string
}

const COLUMNS = 'path, reason, detail, stamp'

type StoredRow = { readonly path: string; readonly reason: string } & Record<'detail' | 'stamp', string | null>

const rowOf = ({ path, reason, detail, stamp }: StoredRow): LeftOutRow => ({
  path,
  reason,
  ...(detail === null ? {} : { detail }),
  ...(stamp === null ? {} : { stamp }),
})

/** Returns all that a repository leaves out. */
export async function leftOutOf(sql: Sql, repositoryId: number): Promise<LeftOutRow[]> {
  const rows = await sql.query<StoredRow>(`select ${COLUMNS} from left_out where repository_id = $1`, [repositoryId])
  return rows.map(rowOf)
}

/** Returns the rows of the paths, of their parent folders, and of everything inside them. */
export async function leftOutAround(sql: Sql, repositoryId: number, paths: readonly string[]): Promise<LeftOutRow[]> {
  const rows = await sql.query<StoredRow>(
    `select ${COLUMNS} from left_out where repository_id = $1 and path = any($2::text[])
     union select ${COLUMNS} from unnest($3::text[]) as folder
     join left_out on repository_id = $1
       and path > folder || '/' collate "C" and path < folder || '0' collate "C"`,
    [repositoryId, [...new Set(paths.flatMap((path) => [path, ...foldersAround(path)]))], paths],
  )
  return rows.map(rowOf)
}

/** Returns the row of a path, or of a parent folder that is left out, if any. */
export async function leftOutAt(sql: Sql, repositoryId: number, path: string): Promise<LeftOutRow | undefined> {
  const [row] = await sql.query<StoredRow>(
    `select ${COLUMNS} from left_out where repository_id = $1 and path = any($2::text[]) order by length(path) desc limit 1`,
    [repositoryId, [path, ...foldersAround(path)]],
  )
  return row && rowOf(row)
}

function foldersAround(path: string): string[] {
  return Array.from(path.matchAll(/\//g), ({ index }) => path.slice(0, index))
}

/** Returns up to `limit` rows after a path, in the order of paths. */
export async function leftOutAfter(
  sql: Sql,
  repositoryId: number,
  after: string,
  limit: number,
): Promise<LeftOutRow[]> {
  const rows = await sql.query<StoredRow>(
    `select ${COLUMNS} from left_out where repository_id = $1 and path > $2 order by path limit $3`,
    [repositoryId, after, limit],
  )
  return rows.map(rowOf)
}

/** Reasons for which people may miss a file, most likely first. */
const MISSED = [
  'too_large',
  'unreadable',
  'unparsable',
  'minified',
  'not_utf8',
  'path_too_long',
  'secret',
  'ignore_rule',
]

/**
 * Returns some rows of each repository, starting with those that people may miss. With `onlyMissed`, returns only
 * these.
 */
export async function firstLeftOut(
  sql: Sql,
  repositoryIds: readonly number[],
  limit: number,
  onlyMissed = false,
): Promise<Map<number, LeftOutRow[]>> {
  const rows = await sql.query<StoredRow & { id: number }>(
    `select wanted.id, first.* from unnest($1::int[]) as wanted (id) cross join lateral (
       select ${COLUMNS} from left_out where repository_id = wanted.id and (not $4::boolean or reason = any($2::text[]))
       order by array_position($2::text[], reason), path limit $3
     ) as first`,
    [repositoryIds, MISSED, limit, onlyMissed],
  )
  const found = new Map<number, LeftOutRow[]>()
  for (const row of rows) found.set(row.id, [...(found.get(row.id) ?? []), rowOf(row)])
  return found
}

/**
 * Returns rows whose paths, with a leading slash, have this beginning and end, and the rows of their parent folders.
 */
export async function leftOutWithin(
  sql: Sql,
  repositoryIds: readonly number[],
  { prefix, suffix }: { readonly prefix: string; readonly suffix: string },
  limit: number,
): Promise<(LeftOutRow & { readonly repositoryId: number })[]> {
  const rows = await sql.query<StoredRow & { repositoryId: number }>(
    `select repository_id as "repositoryId", ${COLUMNS} from left_out
     where repository_id = any($1::int[]) and (
       starts_with('/' || path, $2) and right('/' || path, length($3)) = $3 or starts_with($2, '/' || path || '/')
       or starts_with('/' || path || '/', $2) and right($2, 1) = '/'
     )
     order by repository_id, path limit $4`,
    [repositoryIds, prefix, suffix, limit],
  )
  return rows.map((row) => ({ ...rowOf(row), repositoryId: row.repositoryId }))
}

export interface LeftOutChanges {
  readonly removed: readonly string[]
  /** New rows, which replace those with the same path. */
  readonly added: readonly LeftOutRow[]
}

export async function changeLeftOut(sql: Sql, repositoryId: number, { removed, added }: LeftOutChanges): Promise<void> {
  const gone = [...removed, ...added.map(({ path }) => path)]
  if (gone.length === 0) return
  await sql.query('delete from left_out where repository_id = $1 and path = any($2::text[])', [repositoryId, gone])
  await sql.query(
    `insert into left_out (repository_id, path, reason, detail, stamp)
     select $1::int, path, reason, detail, stamp
     from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as row (path, reason, detail, stamp)`,
    [
      repositoryId,
      added.map(({ path }) => path),
      added.map(({ reason }) => reason),
      added.map(({ detail }) => detail ?? null),
      added.map(({ stamp }) => stamp ?? null),
    ],
  )
}
