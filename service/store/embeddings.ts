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
 * Stores vectors of texts that have none. Fails with an error for which `isDuplicate` holds if one of the texts has a
 * vector or gets one in a concurrent transaction, and refuses vectors whose dimensions differ from the model's.
 */
export async function insertNewEmbeddings(sql: Sql, model: ModelRow, texts: readonly EmbeddedText[]): Promise<void> {
  await copyEmbeddings(sql, model, new Map(texts.map(({ hash, vector }) => [hash, vector])))
}

/** Stores vectors, and keeps the existing vectors of texts that have one. */
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

/** Returns the vectors of those texts that have one, by hash in hex. */
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

/** Returns the repository at its published generation, or undefined if it was removed. */
export async function repositoryNow(sql: Sql, id: number): Promise<RepositoryAt | undefined> {
  const [row] = await sql.query<RepositoryAt>('select id, generation from repository where id = $1 and not removed', [
    id,
  ])
  return row
}

/** Formats a vector for Postgres, without the digits that half precision loses. */
export function vectorText(vector: Float32Array): string {
  return `[${Array.from(vector, (value) => Math.round(value * 1e6) / 1e6).join(',')}]`
}
