import type { ChunkPlace } from './chunks.ts'
import type { Database, Sql } from './database.ts'
import { vectorText } from './embeddings.ts'
import type { ModelRow } from './models.ts'
import { READERS, type RepositoryAt, readerValues, VISIBLE } from './visibility.ts'

export interface NearestQuery {
  readonly model: ModelRow
  readonly vector: Float32Array
  readonly repositories: readonly RepositoryAt[]
  /** Limits the search to chunks of these files. */
  readonly fileIds?: readonly number[]
  readonly limit: number
  /** Compares with every vector of the repositories, which is faster for few vectors. */
  readonly exact: boolean
}

export interface NearChunk extends ChunkPlace {
  /** Cosine similarity, -1 to 1. */
  readonly similarity: number
}

const LEAST_CANDIDATES = 100
const MOST_CANDIDATES = 1000

/** Returns the visible chunks with the nearest vectors, nearest first. */
export async function nearestChunks(database: Database, query: NearestQuery): Promise<NearChunk[]> {
  // The embedded database has no vector index, and its only connection need not be held.
  if (database.kind === 'embedded' || query.exact) return search(database, { ...query, exact: true })
  const found = await database.snapshot(async (sql) => {
    await searchWidely(sql, query.limit)
    return search(sql, query)
  })
  return found.sort((one, other) => other.similarity - one.similarity)
}

/** Makes the index search on until enough of its results are visible. */
async function searchWidely(sql: Sql, limit: number): Promise<void> {
  const candidates = Math.min(MOST_CANDIDATES, Math.max(LEAST_CANDIDATES, limit))
  await sql.query(
    `select set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', $1, true)`,
    [String(candidates)],
  )
}

const VISIBLE_CHUNKS = `${READERS} join segment on segment.repository_id = reader.repository_id
  join chunk on chunk.segment_id = segment.id join file on file.id = chunk.file_id and ${VISIBLE}`

// Three ways to the same chunks: from the nearest vectors, from given files, or from all chunks.
const BY_VECTOR = `${READERS} join file on ${VISIBLE} join chunk on chunk.file_id = file.id`
const BY_FILE = `${READERS} join file on ${VISIBLE} join chunk on chunk.segment_id = file.segment_id
  and chunk.document >= file.first_document and chunk.document < file.first_document + file.documents`

function search(sql: Sql, { model, vector, repositories, fileIds, limit, exact }: NearestQuery): Promise<NearChunk[]> {
  const all = fileIds === undefined ? VISIBLE_CHUNKS : BY_FILE
  // Model and dimensions are literals, because only then the planner uses the model's partial index.
  const type = `halfvec(${model.dimensions})`
  const distance = `embedding.vector::${type} <=> $3::${type}`
  return sql.query<NearChunk>(
    `select chunk.segment_id as "segmentId", chunk.document, 1 - (${distance}) as similarity
     from ${exact ? all : BY_VECTOR}
     join embedding on embedding.model_id = ${model.id} and embedding.hash = chunk.hash
     where $4::int[] is null or file.id = any($4)
     order by ${exact ? `(${distance}) + 0` : distance} limit $5`,
    [...readerValues(repositories), vectorText(vector), fileIds ?? null, limit],
  )
}
