import type { PackedVectors } from '../vectors/packed-vectors.ts'
import type { Sql } from './database.ts'
import { READERS, type RepositoryAt, readerValues, VISIBLE } from './visibility.ts'

/** Vectors of documents in a segment. */
export interface NewVectors {
  readonly segmentId: number
  readonly packed: PackedVectors
  /** Whether these complete the segment's vectors. */
  readonly complete: boolean
}

/** Stores vectors of one repository's segments, visible to all readers at once. Deleted segments are left out. */
export async function insertVectors(
  sql: Sql,
  repositoryId: number,
  modelId: number,
  groups: readonly NewVectors[],
): Promise<void> {
  const statements = groups.map(({ segmentId, packed, complete }) =>
    sql.query(
      `with there as (
         insert into segment_vectors as held (segment_id, model_id, documents, complete)
         select id, $2::int, $3::int, $4::boolean from segment where id = $1 for key share
         on conflict (segment_id, model_id) do update
         set documents = held.documents + excluded.documents, complete = held.complete or excluded.complete
         returning segment_id
       )
       insert into vector_block (segment_id, model_id, data) select segment_id, $2, $5::bytea from there where $3 > 0`,
      [segmentId, modelId, packed.count, complete, packed.bytes],
    ),
  )
  const noted = sql.query('update repository set vectors = vectors + 1 where id = $1', [repositoryId])
  await Promise.all([...statements, noted])
}

/** Records that a segment has all its vectors, which are already visible. */
export async function markComplete(sql: Sql, repositoryId: number, modelId: number, segmentId: number): Promise<void> {
  await insertVectors(sql, repositoryId, modelId, [{ segmentId, packed: NOTHING, complete: true }])
}

const NOTHING: PackedVectors = { count: 0, bytes: new Uint8Array() }

/** Replaces the groups in which a segment's vectors were stored with one packed group. */
export async function replaceVectors(
  sql: Sql,
  repositoryId: number,
  modelId: number,
  { segmentId, packed }: Omit<NewVectors, 'complete'>,
): Promise<void> {
  await sql.query('delete from vector_block where segment_id = $1 and model_id = $2', [segmentId, modelId])
  await sql.query('delete from segment_vectors where segment_id = $1 and model_id = $2', [segmentId, modelId])
  await insertVectors(sql, repositoryId, modelId, [{ segmentId, packed, complete: true }])
}

export interface VectorBlockRow {
  readonly segmentId: number
  readonly id: number
  readonly data: Buffer
}

export interface VectorBlockSize extends Omit<VectorBlockRow, 'data'> {
  readonly bytes: number
}

/** Returns the groups of a model's vectors in segments, without the vectors. */
export function vectorBlocks(sql: Sql, modelId: number, segmentIds: readonly number[]): Promise<VectorBlockSize[]> {
  return sql.query<VectorBlockSize>(
    `select segment_id as "segmentId", id, octet_length(data) as bytes from vector_block
     where model_id = $1 and segment_id = any($2::int[])`,
    [modelId, segmentIds],
  )
}

/** Returns groups of vectors by id. Deleted groups are left out. */
export function readVectorBlocks(
  sql: Sql,
  modelId: number,
  blocks: readonly Omit<VectorBlockRow, 'data'>[],
): Promise<VectorBlockRow[]> {
  return sql.query<VectorBlockRow>(
    `select segment_id as "segmentId", id, data from vector_block
     join unnest($2::int[], $3::int[]) as wanted (segment, number) on segment_id = segment and id = number
     where model_id = $1`,
    [modelId, blocks.map(({ segmentId }) => segmentId), blocks.map(({ id }) => id)],
  )
}

/** Returns all groups of a model's vectors in one segment. */
export function vectorsOfSegment(sql: Sql, modelId: number, segmentId: number): Promise<VectorBlockRow[]> {
  return sql.query<VectorBlockRow>(
    'select segment_id as "segmentId", id, data from vector_block where model_id = $1 and segment_id = $2',
    [modelId, segmentId],
  )
}

export interface SegmentState {
  readonly segmentId: number
  readonly modelId: number
  /** Number of its documents with a vector. */
  readonly embedded: number
  readonly complete: boolean
}

/** Returns which segments have vectors of which models. */
export function vectorStates(sql: Sql, repositories: readonly RepositoryAt[]): Promise<SegmentState[]> {
  return sql.query<SegmentState>(
    `select held.segment_id as "segmentId", held.model_id as "modelId", held.documents as embedded, held.complete
     from segment join segment_vectors as held on held.segment_id = segment.id
     where segment.repository_id = any($1::int[])`,
    [repositories.map(({ id }) => id)],
  )
}

export interface SegmentToEmbed {
  readonly segmentId: number
  /** Total number of documents. */
  readonly documents: number
  /** Number of documents without a vector. */
  readonly missing: number
}

/** Returns the segments with visible files that lack vectors of the model, oldest first. */
export function segmentsToEmbed(sql: Sql, modelId: number, repository: RepositoryAt): Promise<SegmentToEmbed[]> {
  return sql.query<SegmentToEmbed>(
    `select segment.id as "segmentId", segment.documents, greatest(segment.live - coalesce(held.documents, 0), 0) as missing
     from ${READERS} join segment on segment.repository_id = reader.repository_id
     left join segment_vectors as held on held.segment_id = segment.id and held.model_id = $3
     where not coalesce(held.complete, false)
       and exists (select from file where file.segment_id = segment.id and ${VISIBLE})
     order by segment.id`,
    [...readerValues([repository]), modelId],
  )
}

/** More documents than any segment has. */
const ALL = 2 ** 30

export interface ChunkToEmbed {
  readonly document: number
  /** SHA-256 of the text to embed, in hex. */
  readonly hash: string
  /** SHA-256 of the file's text, in hex. */
  readonly contentHash: string
  readonly path: string
  readonly symbol: string | null
  readonly startLine: number
  readonly endLine: number
}

/** Returns the visible chunks of a segment, in order: a number of documents from a first one, or all. */
export function chunksToEmbed(
  sql: Sql,
  repository: RepositoryAt,
  segmentId: number,
  { from = 0, documents = ALL }: { readonly from?: number; readonly documents?: number } = {},
): Promise<ChunkToEmbed[]> {
  return sql.query<ChunkToEmbed>(
    `select chunk.document, encode(chunk.hash, 'hex') as hash, encode(file.content_hash, 'hex') as "contentHash",
       file.path, chunk.symbol, chunk.start_line as "startLine", chunk.end_line as "endLine"
     from chunk join file on file.id = chunk.file_id join ${READERS} on ${VISIBLE}
     where chunk.segment_id = $3 and chunk.document >= $4 and chunk.document < $5
     order by chunk.document`,
    [...readerValues([repository]), segmentId, from, from + documents],
  )
}

export interface EmbeddedCount {
  readonly repositoryId: number
  /** Number of visible chunks that have a vector of the model, or can have none. */
  readonly embedded: number
}

/** Returns the stored counts of embedded chunks, without counting any. */
export function embeddedCounts(
  sql: Sql,
  model: string,
  repositories: readonly Pick<RepositoryAt, 'id'>[],
): Promise<EmbeddedCount[]> {
  return sql.query<EmbeddedCount>(
    `select segment.repository_id as "repositoryId", least(min(repository.chunks),
       sum(case when held.complete then segment.live else least(held.documents, segment.live) end)) as embedded
     from segment join repository on repository.id = segment.repository_id
     join segment_vectors as held on held.segment_id = segment.id
       and held.model_id = (select id from model where name = $2)
     where segment.repository_id = any($1::int[])
     group by segment.repository_id`,
    [repositories.map(({ id }) => id), model],
  )
}

/**
 * Returns the repositories with segments that lack vectors of a model and without an embed job in progress. Unless
 * `all` is set, only those whose last embed job failed or is older than their last index. A job that failed for a
 * reason other than an unavailable embedder, and repositories in `passed`, wait for five minutes. Embedding waits for a
 * run over the whole repository: words come first, and both at once would not end sooner.
 */
export async function repositoriesToEmbed(
  sql: Sql,
  models: readonly string[],
  all: boolean,
  passed: readonly string[] = [],
): Promise<number[]> {
  const rows = await sql.query<{ id: number }>(
    `select repository.id from repository
     left join lateral (
       select state, created_at, finished_at, coalesce(fault->>'code', '') as code from job
       where job.repository_id = repository.id and job.kind = 'embed' order by created_at desc limit 1
     ) as last on true
     where repository.generation > 0
       and (last.state is null or last.state not in ('queued', 'running'))
       and not exists (
         select from job where job.repository_id = repository.id and kind = 'index' and state = 'running' and paths is null)
       and ($2 or last.state is null or last.created_at < repository.indexed_at or last.state <> 'succeeded' and (
         last.code in ('', 'embedder_unavailable', 'embedding_model_missing') or last.code = any($3::text[])
         or last.finished_at not between now() - interval '5 minutes' and now() + interval '5 minutes'))
       and exists (
         select from segment cross join unnest($1::text[]) as wanted (name)
         left join model on model.name = wanted.name
         left join segment_vectors as held on held.segment_id = segment.id and held.model_id = model.id
         where segment.repository_id = repository.id and not coalesce(held.complete, false)
           and exists (
             select from (select repository.id as repository_id, repository.generation) as reader
             join file on ${VISIBLE} where file.segment_id = segment.id))
     order by repository.id`,
    [models, all, passed],
  )
  return rows.map(({ id }) => id)
}

/** Whether the last embed job of any repository ended with the fault. */
export async function hasEmbedJobEndedWith(sql: Sql, code: string): Promise<boolean> {
  const found = await sql.query(
    `select from (
       select distinct on (repository_id) fault from job where kind = 'embed' order by repository_id, created_at desc
     ) as last where fault->>'code' = $1 limit 1`,
    [code],
  )
  return found.length > 0
}
