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
  /** Full name of the package's model. Undefined if it cannot be used. */
  readonly ownModel?: string
  /** Maximum memory for vectors in a server. Vectors that do not fit get an index. */
  readonly memoryBytes: number
}

/** Longer than replacing a service by its next version takes, whose settings may name another model. */
const UNWANTED_MS = 10 * MINUTE

/**
 * Requests an `embed` job for each repository that lacks vectors of a ready model and has no such job, and returns
 * their number. Once a model has become ready, considers all repositories, because it may be new; later, those whose last
 * job was incomplete. Deletes vectors of models that no settings name.
 */
export function makeEmbedReconcile({
  database,
  embedder,
  ownModel,
  memoryBytes,
}: ReconcileParts): (signal?: AbortSignal) => Promise<number> {
  const lookedFor = new Set<string>()
  return async (signal) => {
    const { state } = await embedder.check(signal)
    const modelsWhere = (servedIsUsed: boolean) => [
      ...(ownModel === undefined ? [] : [ownModel]),
      ...(servedIsUsed ? [embedder.model] : []),
    ]
    const ready = modelsWhere(state === 'ready')
    if (ready.length === 0) return 0
    const fitsAgain = state === 'ready' && (await dimensionFitsAgain(database, embedder, signal))
    const isNew = ready.some((model) => !lookedFor.has(model))
    const ids = await repositoriesToEmbed(database, ready, isNew, fitsAgain ? [OTHER_DIMENSION] : [])
    for (const model of ready) lookedFor.add(model)
    for (const id of ids) await enqueueJob(database, id, 'embed')
    await wantModels(database, modelsWhere(true))
    if (ids.length > 0) return ids.length
    // While Ollama is down, its model may lack vectors and the previous one still answers.
    await deleteUnwantedModels(database, modelsWhere(state !== 'off'), UNWANTED_MS)
    await indexBeyond(database, memoryBytes)
    return 0
  }
}

const OTHER_DIMENSION: FaultCode = 'embedding_model_dimension'

/** Whether a job failed because another model had taken the name, and the original model is back. */
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
  // Building an index costs the embedded database more than it saves.
  if (database.kind !== 'postgres') return
  for (const { id } of await modelsBeyond(database, memoryBytes)) await indexModel(database, id)
}
