import type { ChunkPlace } from './chunks.ts'
import type { Sql } from './database.ts'
import { READERS, type RepositoryAt, readerValues, VISIBLE } from './visibility.ts'

/** Joins a `reader` to the chunks that it sees, found by segment. */
const SEEN_CHUNKS = `join segment on segment.repository_id = reader.repository_id
  join chunk on chunk.segment_id = segment.id join file on file.id = chunk.file_id and ${VISIBLE}`

/** The visible chunks of the readers' repositories. */
export const VISIBLE_CHUNKS = `${READERS} ${SEEN_CHUNKS}`

export interface ModelRow {
  readonly id: number
  readonly dimensions: number
}

/** A model that has vectors, by its full name. */
export async function findModel(sql: Sql, name: string): Promise<ModelRow | undefined> {
  const [row] = await sql.query<ModelRow>('select id, dimensions from model where name = $1', [name])
  return row
}

/**
 * Enters a model, unless it is there, and makes its index where asked. The dimensions that come back are those it was
 * first entered with.
 */
export async function registerModel(sql: Sql, name: string, dimensions: number, withIndex: boolean): Promise<ModelRow> {
  const [row] = await sql.query<ModelRow>('select id, dimensions from register_model($1, $2, $3)', [
    name,
    dimensions,
    withIndex,
  ])
  if (row === undefined) throw new Error(`register_model gave no row for ${name}`)
  return row
}

export interface ChunkToEmbed extends ChunkPlace {
  /** SHA-256 of its text, in hex. */
  readonly hash: string
  /** SHA-256 of its file's text, in hex. */
  readonly contentHash: string
  readonly startLine: number
  readonly endLine: number
}

/**
 * Visible chunks without a vector of the model, by segment and document, so that the chunks of a file come together.
 * Several may have the same text.
 */
export function chunksWithoutEmbedding(
  sql: Sql,
  page: { modelId: number; repository: RepositoryAt; after: ChunkPlace; limit: number },
): Promise<ChunkToEmbed[]> {
  // "offset 0" keeps the planner from sorting all chunks for each page.
  return sql.query<ChunkToEmbed>(
    `select segment.id as "segmentId", missing.document, encode(missing.hash, 'hex') as hash,
       encode(missing.content_hash, 'hex') as "contentHash",
       missing.start_line as "startLine", missing.end_line as "endLine"
     from ${READERS} join segment on segment.repository_id = reader.repository_id
     cross join lateral (
       select chunk.document, chunk.hash, chunk.start_line, chunk.end_line, file.content_hash
       from chunk join file on file.id = chunk.file_id and ${VISIBLE}
       where chunk.segment_id = segment.id and (segment.id > $4 or chunk.document > $5)
         and not exists (select from embedding where embedding.model_id = $3 and embedding.hash = chunk.hash)
       offset 0
     ) as missing
     where segment.id >= $4
     order by segment.id, missing.document limit $6`,
    [...readerValues([page.repository]), page.modelId, page.after.segmentId, page.after.document, page.limit],
  )
}

/** How many different texts of visible chunks have no vector of the model. */
export async function countWithoutEmbedding(sql: Sql, modelId: number, repository: RepositoryAt): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `select count(distinct chunk.hash) as count from ${VISIBLE_CHUNKS}
     where not exists (select from embedding where embedding.model_id = $3 and embedding.hash = chunk.hash)`,
    [...readerValues([repository]), modelId],
  )
  return row?.count ?? 0
}

export interface EmbeddedText {
  /** SHA-256 of the text, in hex. */
  readonly hash: string
  readonly vector: Float32Array
}

/** Keeps vectors; a text that has one already keeps it. A vector of other dimensions than the model's is refused. */
export async function insertEmbeddings(sql: Sql, model: ModelRow, texts: readonly EmbeddedText[]): Promise<void> {
  await sql.query(
    `insert into embedding (model_id, hash, vector)
     select $1, decode(hash, 'hex'), vector::halfvec(${model.dimensions})
     from unnest($2::text[], $3::text[]) as text (hash, vector)
     on conflict do nothing`,
    [model.id, texts.map(({ hash }) => hash), texts.map(({ vector }) => vectorText(vector))],
  )
}

export interface EmbeddedCount {
  readonly repositoryId: number
  /** Visible chunks. */
  readonly chunks: number
  /** Those of them with a vector of the model. */
  readonly embedded: number
}

/** How far the repositories are embedded; one without a visible chunk has no row. */
export function embeddedCounts(
  sql: Sql,
  model: string,
  repositories: readonly RepositoryAt[],
): Promise<EmbeddedCount[]> {
  return sql.query<EmbeddedCount>(
    `select file.repository_id as "repositoryId", count(*) as chunks, count(embedding.hash) as embedded
     from ${VISIBLE_CHUNKS}
     left join embedding on embedding.model_id = (select id from model where name = $3) and embedding.hash = chunk.hash
     group by file.repository_id`,
    [...readerValues(repositories), model],
  )
}

/** The repository at the generation that readers see now, unless it is gone. */
export async function repositoryNow(sql: Sql, id: number): Promise<RepositoryAt | undefined> {
  const [row] = await sql.query<RepositoryAt>('select id, generation from repository where id = $1 and not removed', [
    id,
  ])
  return row
}

/**
 * Repositories with chunks that lack a vector of the model and no embed job under way. Unless `all`, only those whose last
 * embed job did not succeed or is older than what was indexed last; one that ended with another fault than an embedder
 * away waits for five minutes.
 */
export async function repositoriesToEmbed(sql: Sql, model: string, all: boolean): Promise<number[]> {
  const rows = await sql.query<{ id: number }>(
    `select repository.id from repository
     left join lateral (
       select state, created_at, finished_at, coalesce(fault->>'code', '') as code from job
       where job.repository_id = repository.id and job.kind = 'embed' order by created_at desc limit 1
     ) as last on true
     where repository.generation > 0
       and (last.state is null or last.state not in ('queued', 'running'))
       and ($2 or last.state is null or last.created_at < repository.indexed_at or last.state <> 'succeeded' and (
         last.code in ('', 'embedder_unavailable', 'embedding_model_missing')
         or last.finished_at < now() - interval '5 minutes'))
       and exists (
         select from (select repository.id as repository_id, repository.generation) as reader ${SEEN_CHUNKS}
         where not exists (
           select from embedding where embedding.hash = chunk.hash
             and embedding.model_id = (select id from model where name = $1)))
     order by repository.id`,
    [model, all],
  )
  return rows.map(({ id }) => id)
}

/** A vector as Postgres reads it, without the digits that half precision does not keep. */
export function vectorText(vector: Float32Array): string {
  return `[${Array.from(vector, (value) => Math.round(value * 1e6) / 1e6).join(',')}]`
}
