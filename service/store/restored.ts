import type { Database, Sql } from './database.ts'
import type { ModelRow } from './models.ts'
import { type RepositoryAt, visibleAt } from './visibility.ts'

/** Counts the rows of each table. */
export function rowCounts(database: Database): Promise<Record<string, number>> {
  // A transaction, because its statements may take as long as counting does.
  return database.transaction(async (sql) => {
    const tables = await sql.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' order by tablename`,
    )
    const counts: Record<string, number> = {}
    for (const { name } of tables) {
      const [row] = await sql.query<{ count: number }>(`select count(*) from public."${name.replaceAll('"', '""')}"`)
      counts[name] = row?.count ?? 0
    }
    return counts
  })
}

export interface SampledChunk {
  readonly repository: string
  readonly path: string
  /** Name of the definition. */
  readonly symbol: string
}

/** Condition on `file` and `repository` by which a search sees the row. */
const VISIBLE = `repository.id = file.repository_id and not repository.removed
  and ${visibleAt('repository.generation')}`

/** Returns some visible definitions, of as many repositories as possible. */
export function sampleDefinitions(sql: Sql, count: number): Promise<SampledChunk[]> {
  return sql.query<SampledChunk>(
    `select repository.name as repository, sample.path, sample.symbol
     from repository cross join lateral (
       select file.path, chunk.symbol from file join chunk on chunk.file_id = file.id
       where ${VISIBLE} and chunk.symbol ~ '^[A-Za-z_]\\w{3,}$' limit 1
     ) as sample
     order by repository.id limit $1`,
    [count],
  )
}

export interface SampledVector {
  readonly model: ModelRow
  readonly repository: RepositoryAt
  readonly vector: Float32Array
}

/** Returns the vector of a visible chunk for each model that has one. */
export async function sampleVectors(sql: Sql): Promise<SampledVector[]> {
  const rows = await sql.query<ModelRow & { repositoryId: number; generation: number; vector: string }>(
    `select model.id, model.dimensions, sample.* from model cross join lateral (
       select repository.id as "repositoryId", repository.generation, embedding.vector::text as vector
       from repository join file on ${VISIBLE} join chunk on chunk.file_id = file.id
       join embedding on embedding.model_id = model.id and embedding.hash = chunk.hash limit 1
     ) as sample order by model.id`,
  )
  return rows.map(({ id, dimensions, repositoryId, generation, vector }) => ({
    model: { id, dimensions },
    repository: { id: repositoryId, generation },
    vector: Float32Array.from(JSON.parse(vector) as number[]),
  }))
}
