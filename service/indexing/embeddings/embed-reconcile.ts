import type { Embedder } from '../../embedding/embedder.ts'
import { Fault, type FaultCode } from '../../errors.ts'
import type { Database } from '../../store/database.ts'
import { enqueueJob } from '../../store/jobs.ts'
import { deleteUnwantedModels, findModel, indexModel, modelsBeyond, wantModels } from '../../store/models.ts'
import { hasEmbedJobEndedWith, repositoriesToEmbed } from '../../store/segment-vectors.ts'
import { MINUTE } from '../../units.ts'

export interface ReconcileParts {
  readonly database: Database
  readonly embedder: Pick<Embedder, 'model' | 'check' | 'embedDocuments'>
  /** The full name of the package's own model; absent where that cannot be used. */
  readonly ownModel?: string
  /** What vectors may take of a server's memory; those that do not fit get an index. */
  readonly memoryBytes: number
}

/** Longer than a service takes to be replaced by its next version, whose settings may name another model. */
const UNWANTED_MS = 10 * MINUTE

/**
 * Asks for an `embed` job for each repository that lacks vectors of a model that is ready, and that no job is at; how many
 * it asked for. The first time it looks at all, for instance because the model is a new one; later at those whose last
 * job fell short. Vectors of models that are in no settings any more go.
 */
export function makeEmbedReconcile({
  database,
  embedder,
  ownModel,
  memoryBytes,
}: ReconcileParts): (signal?: AbortSignal) => Promise<number> {
  let looked = false
  return async (signal) => {
    const { state } = await embedder.check(signal)
    const modelsWhere = (servedIsUsed: boolean) => [
      ...(ownModel === undefined ? [] : [ownModel]),
      ...(servedIsUsed ? [embedder.model] : []),
    ]
    const ready = modelsWhere(state === 'ready')
    if (ready.length === 0) return 0
    const fitsAgain = state === 'ready' && (await dimensionFitsAgain(database, embedder, signal))
    const ids = await repositoriesToEmbed(database, ready, !looked, fitsAgain ? [OTHER_DIMENSION] : [])
    looked = true
    for (const id of ids) await enqueueJob(database, id, 'embed', false)
    await wantModels(database, modelsWhere(true))
    if (ids.length > 0) return ids.length
    // While Ollama is down its model may lack vectors, and the one before it still answers.
    await deleteUnwantedModels(database, modelsWhere(state !== 'off'), UNWANTED_MS)
    await indexBeyond(database, memoryBytes)
    return 0
  }
}

const OTHER_DIMENSION: FaultCode = 'embedding_model_dimension'

/** Whether a job ended because the model had become another one under its name, and it is the former one again. */
async function dimensionFitsAgain(
  database: Database,
  embedder: Pick<Embedder, 'model' | 'embedDocuments'>,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!(await hasEmbedJobEndedWith(database, OTHER_DIMENSION))) return false
  const model = await findModel(database, embedder.model)
  try {
    const [vector] = await embedder.embedDocuments(['plain text'], signal)
    return vector?.length === model?.dimensions
  } catch (error) {
    if (error instanceof Fault) return false
    throw error
  }
}

async function indexBeyond(database: Database, memoryBytes: number): Promise<void> {
  // Building it costs the embedded database more than it saves.
  if (database.kind !== 'postgres') return
  for (const { id } of await modelsBeyond(database, memoryBytes)) await indexModel(database, id)
}
