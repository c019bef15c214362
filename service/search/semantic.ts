import { assertDimensions } from '../embedding/dimension.ts'
import type { Embedder } from '../embedding/embedder.ts'
import type { Database } from '../store/database.ts'
import { findModel, type ModelRow } from '../store/embeddings.ts'
import { nearestChunks } from '../store/nearest-chunks.ts'
import type { SemanticLeg, SemanticQuery } from './contract.ts'
import { makeEmbeddedShare } from './embedded-share.ts'

// Measured: comparing with so many vectors takes as long as finding their like among many more by the index.
const FEW_CHUNKS = 3_000
const FEW_FILES = 1_000

/** Finds chunks through the vectors of their texts. */
export function makeSemanticLeg(database: Database, embedder: Pick<Embedder, 'model' | 'embedQuery'>): SemanticLeg {
  const share = makeEmbeddedShare(database, embedder.model)
  let knownModel: ModelRow | undefined

  const modelFor = async (vector: Float32Array): Promise<ModelRow | undefined> => {
    knownModel ??= await findModel(database, embedder.model)
    if (knownModel !== undefined) assertDimensions(embedder.model, knownModel.dimensions, vector)
    return knownModel
  }

  return {
    nearest: async (query, signal) => {
      if (query.repositories.length === 0 || query.fileIds?.size === 0) return { hits: [] }
      const [vector, { chunks, embedded }] = await Promise.all([
        embedder.embedQuery(query.query, signal),
        share.of(query.repositories),
      ])
      signal.throwIfAborted()
      const model = await modelFor(vector)
      const found =
        model === undefined ? [] : await nearestChunks(database, { ...nearness(query, chunks), model, vector })
      const hits = found.map(({ similarity, ...place }) => ({ ...place, score: Math.max(0, similarity) }))
      return { hits, ...(embedded < chunks ? { incomplete: toldShare(embedded, chunks) } : {}) }
    },
  }
}

function nearness({ repositories, fileIds, limit }: SemanticQuery, chunks: number) {
  const exact = chunks <= FEW_CHUNKS || (fileIds !== undefined && fileIds.size <= FEW_FILES)
  return { repositories, limit, exact, ...(fileIds === undefined ? {} : { fileIds: [...fileIds] }) }
}

function toldShare(embedded: number, chunks: number): string {
  return `${Math.floor((100 * embedded) / chunks)} % of the chunks have vectors so far`
}
