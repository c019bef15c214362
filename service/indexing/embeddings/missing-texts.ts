import type { Sql } from '../../store/database.ts'
import { embeddingsOf } from '../../store/embeddings.ts'
import type { ModelRow } from '../../store/models.ts'
import { type ChunkToEmbed, chunksToEmbed, type SegmentToEmbed, vectorsOfSegment } from '../../store/segment-vectors.ts'
import type { RepositoryAt } from '../../store/visibility.ts'
import { unpackVectors } from '../../vectors/packed-vectors.ts'
import { withTexts } from './chunk-texts.ts'
import { embeddedText } from './embedded-text.ts'

/** A text without a vector, and the documents of a segment with this text. */
export interface MissingText {
  readonly segmentId: number
  /** SHA-256 of the text, in hex. */
  readonly hash: string
  readonly text: string
  readonly documents: readonly number[]
}

/** What chunks of a segment lack: vectors that exist for their texts elsewhere, and texts without any. */
export interface MissingVectors {
  readonly known: { readonly documents: number[]; readonly vectors: Float32Array[] }
  readonly texts: readonly MissingText[]
}

/** Small, because questions may wait for the statement that reads them. */
const DOCUMENTS_AT_A_TIME = 256

/** Examines the visible chunks of a segment, some at a time. Without a model, all of them lack a vector. */
export async function* missingIn(
  sql: Sql,
  repository: RepositoryAt,
  { segmentId, documents }: Pick<SegmentToEmbed, 'segmentId' | 'documents'>,
  model: ModelRow | undefined,
): AsyncGenerator<MissingVectors> {
  const held = model === undefined ? new Set<number>() : await documentsHeld(sql, segmentId, model)
  for (let from = 0; from < documents; from += DOCUMENTS_AT_A_TIME) {
    const range = { from, documents: DOCUMENTS_AT_A_TIME }
    yield missingOf(sql, { segmentId, model, held }, await chunksToEmbed(sql, repository, segmentId, range))
  }
}

interface OfSegment {
  readonly segmentId: number
  readonly model: ModelRow | undefined
  /** Documents with a vector. */
  readonly held: ReadonlySet<number>
}

async function missingOf(
  sql: Sql,
  { segmentId, model, held }: OfSegment,
  chunks: readonly ChunkToEmbed[],
): Promise<MissingVectors> {
  const byHash = Map.groupBy(
    chunks.filter(({ document }) => !held.has(document)),
    ({ hash }) => hash,
  )
  const vectors =
    model === undefined ? new Map<string, Float32Array>() : await embeddingsOf(sql, model.id, [...byHash.keys()])
  const known = [...vectors].flatMap(([hash, vector]) =>
    (byHash.get(hash) ?? []).map(({ document }) => ({ document, vector })),
  )
  const unknown = [...byHash].filter(([hash]) => !vectors.has(hash))
  return {
    known: { documents: known.map(({ document }) => document), vectors: known.map(({ vector }) => vector) },
    texts: await textsOf(sql, segmentId, unknown),
  }
}

async function documentsHeld(sql: Sql, segmentId: number, model: ModelRow): Promise<Set<number>> {
  const blocks = await vectorsOfSegment(sql, model.id, segmentId)
  return new Set(blocks.flatMap(({ data }) => [...unpackVectors(data, model.dimensions).documents]))
}

async function textsOf(
  sql: Sql,
  segmentId: number,
  unknown: readonly (readonly [string, readonly ChunkToEmbed[]])[],
): Promise<MissingText[]> {
  const firsts = unknown.flatMap(([, [first]]) => (first === undefined ? [] : [first]))
  const texts = new Map((await withTexts(sql, firsts)).map((chunk) => [chunk.hash, chunk]))
  return unknown.flatMap(([hash, chunks]) => {
    const first = texts.get(hash)
    if (first === undefined) return []
    const text = embeddedText(first.text, first.symbol)
    return [{ segmentId, hash, text, documents: chunks.map(({ document }) => document) }]
  })
}
