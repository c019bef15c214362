import { binaryCopy } from './binary-copy.ts'
import type { Sql } from './database.ts'
import type { ModelRow } from './models.ts'
import type { RepositoryAt } from './visibility.ts'

export interface EmbeddedText {
  /** SHA-256 of the text, in hex. */
  readonly hash: string
  readonly vector: Float32Array
}

/**
 * Keeps vectors of texts that have none. A vector of other dimensions than the model's is refused, and so are all where
 * one of the texts has a vector, or gets one by another transaction at the same time: that is an error with `isDuplicate`.
 */
export async function insertNewEmbeddings(sql: Sql, model: ModelRow, texts: readonly EmbeddedText[]): Promise<void> {
  await copyEmbeddings(sql, model, new Map(texts.map(({ hash, vector }) => [hash, vector])))
}

/** The same, but a text that has a vector already keeps that one. */
export async function insertEmbeddings(sql: Sql, model: ModelRow, texts: readonly EmbeddedText[]): Promise<void> {
  const byHash = new Map(texts.map(({ hash, vector }) => [hash, vector]))
  const held = await sql.query<{ hash: string }>(
    `select encode(hash, 'hex') as hash from embedding
     where model_id = $1 and hash = any(array(select decode(wanted, 'hex') from unnest($2::text[]) as wanted))`,
    [model.id, [...byHash.keys()]],
  )
  for (const { hash } of held) byHash.delete(hash)
  await copyEmbeddings(sql, model, byHash)
}

async function copyEmbeddings(sql: Sql, model: ModelRow, byHash: ReadonlyMap<string, Float32Array>): Promise<void> {
  if (byHash.size === 0) return
  const rows = Array.from(
    byHash,
    ([hash, vector]) => [model.id, Buffer.from(hash, 'hex'), dimensioned(vector, model)] as const,
  )
  await sql.copyIn('embedding (model_id, hash, vector)', binaryCopy(['int4', 'bytea', 'halfvec'], rows))
}

function dimensioned(vector: Float32Array, { dimensions }: ModelRow): Float32Array {
  if (vector.length === dimensions) return vector
  throw new Error(`expected ${dimensions} dimensions, not ${vector.length}`)
}

const UNIQUE_VIOLATION = '23505'

/** Whether a transaction failed because another one added the same row. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION
}

/** The vectors of those of the texts that have one, by hash in hex. */
export async function embeddingsOf(
  sql: Sql,
  modelId: number,
  hashes: readonly string[],
): Promise<Map<string, Float32Array>> {
  const rows = await sql.query<{ hash: string; vector: string }>(
    `select encode(hash, 'hex') as hash, vector::text as vector from embedding
     where model_id = $1 and hash = any(array(select decode(wanted, 'hex') from unnest($2::text[]) as wanted))`,
    [modelId, hashes],
  )
  return new Map(rows.map(({ hash, vector }) => [hash, Float32Array.from(JSON.parse(vector) as number[])]))
}

/** The repository at the generation that readers see now, unless it is gone. */
export async function repositoryNow(sql: Sql, id: number): Promise<RepositoryAt | undefined> {
  const [row] = await sql.query<RepositoryAt>('select id, generation from repository where id = $1 and not removed', [
    id,
  ])
  return row
}

/** A vector as Postgres reads it, without the digits that half precision does not keep. */
export function vectorText(vector: Float32Array): string {
  return `[${Array.from(vector, (value) => Math.round(value * 1e6) / 1e6).join(',')}]`
}
