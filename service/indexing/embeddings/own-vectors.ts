import type { OwnModel } from '../../embedding/own-model.ts'
import type { Database } from '../../store/database.ts'
import { repositoryNow } from '../../store/embeddings.ts'
import { registerModel } from '../../store/models.ts'
import { chunksToEmbed, replaceVectors, segmentsToEmbed } from '../../store/segment-vectors.ts'
import { packVectors } from '../../vectors/packed-vectors.ts'
import { withTexts } from './chunk-texts.ts'

const CHUNKS_AT_A_TIME = 64

/**
 * Adds vectors of the package's model to segments that lack them, because their index was made with another table or
 * none. Index runs add them from the start.
 */
export async function fillOwnVectors(
  database: Database,
  model: Pick<OwnModel, 'name' | 'dimensions' | 'documentVector'>,
  repositoryId: number,
  signal: AbortSignal,
): Promise<void> {
  const repository = await repositoryNow(database, repositoryId)
  if (repository === undefined) return
  const { id } = await registerModel(database, model.name, model.dimensions)
  for (const { segmentId } of await segmentsToEmbed(database, id, repository)) {
    const chunks = await chunksToEmbed(database, repository, segmentId)
    const documents: number[] = []
    const vectors: Float32Array[] = []
    for (let from = 0; from < chunks.length; from += CHUNKS_AT_A_TIME) {
      signal.throwIfAborted()
      for (const chunk of await withTexts(database, chunks.slice(from, from + CHUNKS_AT_A_TIME))) {
        const { text, symbol, path, document } = chunk
        const vector = model.documentVector({ text, path, ...(symbol === null ? {} : { symbol }) })
        if (vector === undefined) continue
        documents.push(document)
        vectors.push(vector)
      }
    }
    const packed = packVectors(documents, vectors)
    await database.transaction((sql) => replaceVectors(sql, repositoryId, id, { segmentId, packed }))
  }
}
