import type { Database, Sql } from './database.ts'

export interface RepositoryRow {
  readonly id: number
  readonly name: string
  readonly source: string
  /** What readers see; 0 before anything is published. */
  readonly generation: number
  readonly commit?: string
  /** When a run last ended well; undefined until the first has. */
  readonly indexedAt?: Date
  readonly files: number
  readonly chunks: number
  readonly bytes: number
  readonly skipped: Readonly<Record<string, number>>
}

/** The repositories, by name; or the one with the name given, if there is one. */
export async function liveRepositories(sql: Sql, name?: string): Promise<RepositoryRow[]> {
  const rows = await sql.query<RepositoryRow & { commit: string | null; indexedAt: Date | null }>(
    `select id, name, source, generation, commit, indexed_at as "indexedAt", files, chunks, bytes, skipped
     from repository where not removed and ($1::text is null or name = $1) order by name`,
    [name ?? null],
  )
  return rows.map(({ commit, indexedAt, ...row }) => ({
    ...row,
    ...(commit === null ? {} : { commit }),
    ...(indexedAt === null ? {} : { indexedAt }),
  }))
}

/** The repository at the generation that readers see now, and whether a run of it has ever ended well. */
export async function repositoryState(
  sql: Sql,
  id: number,
): Promise<{ readonly generation: number; readonly complete: boolean } | undefined> {
  const [row] = await sql.query<{ generation: number; complete: boolean }>(
    'select generation, indexed_at is not null as complete from repository where id = $1',
    [id],
  )
  return row
}

/** The number of the repository of a source, if it is registered. */
export async function repositoryOf(sql: Sql, source: string): Promise<number | undefined> {
  const [row] = await sql.query<{ id: number }>('select id from repository where source = $1', [source])
  return row?.id
}

/** Registers a source; undefined where another has the name, or the source is registered already. */
export async function insertRepository(sql: Sql, name: string, source: string): Promise<number | undefined> {
  const [row] = await sql.query<{ id: number }>(
    'insert into repository (name, source) values ($1, $2) on conflict do nothing returning id',
    [name, source],
  )
  return row?.id
}

/** Hides a repository from everybody and ends its jobs; its number, or undefined where there is none of the name. */
export function hideRepository(database: Database, name: string): Promise<number | undefined> {
  return database.transaction(async (sql) => {
    const [row] = await sql.query<{ id: number }>(
      `update repository set removed = true, generation = 0, name = 'removed:' || id, source = 'removed:' || id
       where name = $1 and not removed returning id`,
      [name],
    )
    if (row !== undefined) await sql.query('delete from job where repository_id = $1', [row.id])
    return row?.id
  })
}

/** The numbers of hidden repositories, whose rows are still to be swept. */
export async function hiddenRepositories(sql: Sql): Promise<number[]> {
  const rows = await sql.query<{ id: number }>('select id from repository where removed order by id')
  return rows.map(({ id }) => id)
}

/** Deletes a hidden repository, unless rows of it are still to be swept. */
export async function deleteRepository(sql: Sql, id: number): Promise<void> {
  await sql.query(
    `delete from repository where id = $1 and removed
     and not exists (select from file where repository_id = $1)
     and not exists (select from segment where repository_id = $1)`,
    [id],
  )
}
