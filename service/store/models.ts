import { MINUTE } from '../units.ts'
import { bytesOfVectors } from '../vectors/stride.ts'
import type { Database, Sql } from './database.ts'

export interface ModelRow {
  readonly id: number
  readonly dimensions: number
}

export interface NamedModel extends ModelRow {
  readonly name: string
}

export function allModels(sql: Sql): Promise<NamedModel[]> {
  return sql.query<NamedModel>('select id, name, dimensions from model order by id')
}

/** Finds a model with vectors by its full name. */
export async function findModel(sql: Sql, name: string): Promise<ModelRow | undefined> {
  const [row] = await sql.query<ModelRow>('select id, dimensions from model where name = $1', [name])
  return row
}

/** Registers a model unless it exists. Returns the dimensions with which it was first registered. */
export async function registerModel(sql: Sql, name: string, dimensions: number): Promise<ModelRow> {
  const [row] = await sql.query<ModelRow>('select id, dimensions from register_model($1, $2, false)', [
    name,
    dimensions,
  ])
  if (row === undefined) throw new Error(`register_model gave no row for ${name}`)
  return row
}

/** Records that a service has the models in its settings. */
export async function wantModels(sql: Sql, names: readonly string[]): Promise<void> {
  await sql.query('update model set wanted_at = now() where name = any($1::text[])', [names])
}

/** Returns the models with stored vectors if all vectors exceed so many bytes of a server's memory, and none otherwise. */
export async function modelsBeyond(sql: Sql, bytes: number): Promise<ModelRow[]> {
  const held = await sql.query<ModelRow & { documents: number; isServed: boolean }>(
    `select model.id, model.dimensions, sum(held.documents)::int8 as documents,
       exists (select from embedding where model_id = model.id) as "isServed"
     from model join segment_vectors as held on held.model_id = model.id group by model.id`,
  )
  const all = held.reduce((sum, { documents, dimensions }) => sum + bytesOfVectors(documents, dimensions), 0)
  const served = held.filter(({ isServed }) => isServed).map(({ id, dimensions }) => ({ id, dimensions }))
  return all > bytes ? served : []
}

/** Time limit for building an index over millions of vectors. */
const BUILDING_MS = 60 * MINUTE

/** Creates the vector index of a model unless it exists. Takes minutes for millions of vectors. */
export async function indexModel(database: Pick<Database, 'transaction'>, modelId: number): Promise<void> {
  await database.transaction((sql) => sql.query('select index_model($1)', [modelId]), BUILDING_MS)
}

const VECTORS_A_TRANSACTION = 5000

/**
 * Deletes the models that no service has had in its settings for `unwantedMs`, once the models in `names` have all
 * their vectors. Uses short transactions.
 */
export async function deleteUnwantedModels(
  database: Database,
  names: readonly string[],
  unwantedMs: number,
): Promise<void> {
  const unwanted = await database.query<{ id: number }>(
    `select id from model where name <> all($1::text[]) and wanted_at < now() - $2 * interval '1 ms'
     and not exists (
       select from segment join repository on repository.id = segment.repository_id and repository.generation > 0
       cross join unnest($1::text[]) as wanted (name)
       left join model as kept on kept.name = wanted.name
       left join segment_vectors as held on held.segment_id = segment.id and held.model_id = kept.id
       where segment.live > 0 and not coalesce(held.complete, false))`,
    [names, unwantedMs],
  )
  for (const { id } of unwanted) {
    for (const table of ['embedding', 'vector_block']) await deleteInSlices(database, table, id)
    await database.query('delete from model where id = $1', [id])
  }
}

async function deleteInSlices(database: Database, table: string, modelId: number): Promise<void> {
  for (;;) {
    const gone = await database.query(
      `delete from ${table} where ctid = any(array(select ctid from ${table} where model_id = $1 limit $2)) returning 1`,
      [modelId, VECTORS_A_TRANSACTION],
    )
    if (gone.length < VECTORS_A_TRANSACTION) return
  }
}
