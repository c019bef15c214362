import type { Embedder } from '../../embedding/embedder.ts'
import type { Database } from '../../store/database.ts'
import { repositoriesToEmbed } from '../../store/embeddings.ts'
import { enqueueJob } from '../../store/jobs.ts'

/**
 * Asks for an `embed` job for each repository that lacks vectors while the embedder is ready and no job is at it; how many
 * it asked for. The first time it looks at all, for instance because the model is a new one; later at those whose last
 * job fell short.
 */
export function makeEmbedReconcile(
  database: Database,
  embedder: Pick<Embedder, 'model' | 'check'>,
): (signal?: AbortSignal) => Promise<number> {
  let looked = false
  return async (signal) => {
    if ((await embedder.check(signal)).state !== 'ready') return 0
    const ids = await repositoriesToEmbed(database, embedder.model, !looked)
    looked = true
    for (const id of ids) await enqueueJob(database, id, 'embed', false)
    return ids.length
  }
}
