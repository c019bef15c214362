import { assertDimensions } from '../../embedding/dimension.ts'
import type { Embedder } from '../../embedding/embedder.ts'
import { Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Database } from '../../store/database.ts'
import {
  countWithoutEmbedding,
  findModel,
  insertEmbeddings,
  type ModelRow,
  registerModel,
  repositoryNow,
} from '../../store/embeddings.ts'
import type { Progress } from '../contract.ts'
import type { RunOutcome } from '../job.ts'
import { embedGroup } from './embed-group.ts'
import { type TextToEmbed, textsWithoutEmbedding } from './embed-pages.ts'
import { forEachOf, prefetched } from './prefetch.ts'

export interface EmbedRunParts {
  readonly database: Database
  readonly embedder: Embedder
  readonly log: Log
}

export type EmbedRun = (
  job: { readonly repositoryId: number },
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
) => Promise<RunOutcome>

const TEXTS_A_GROUP = 64
// While the answer for one group is being kept, the embedder already works on the other.
const GROUPS_AT_A_TIME = 2
const NO_MODEL = 0

/**
 * Fills in the vectors that the visible chunks of a repository lack; what is done stays done when it ends early. The
 * outcome is `partial` where a later run can make up for what is missing.
 */
export function makeEmbedRun(parts: EmbedRunParts): EmbedRun {
  return async (job, signal, onProgress) => {
    const run = startRun(parts, onProgress)
    try {
      await run.all(job.repositoryId, signal)
      return run.ended('succeeded')
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Fault) || !error.code.startsWith('embed')) throw error
      parts.log.warn({ error, repository: job.repositoryId }, 'Embedding ended early')
      return run.ended(error.code === 'embedding_model_dimension' ? 'failed' : 'partial', error)
    }
  }
}

function startRun({ database, embedder, log }: EmbedRunParts, onProgress: (progress: Progress) => void) {
  let model: ModelRow | undefined
  let toEmbed = 0
  let embedded = 0
  let refused: Fault | undefined
  const progress = (): Progress => ({ phase: 'embedding', chunksToEmbed: toEmbed, chunksEmbedded: embedded })

  const keep = async (texts: readonly TextToEmbed[], vectors: readonly Float32Array[]) => {
    const [first] = vectors
    if (first === undefined) return
    model ??= await registerModel(database, embedder.model, first.length, database.kind === 'postgres')
    for (const vector of vectors) assertDimensions(embedder.model, model.dimensions, vector)
    const rows = texts.flatMap(({ hash }, at) => (vectors[at] === undefined ? [] : [{ hash, vector: vectors[at] }]))
    await insertEmbeddings(database, model, rows)
    embedded += rows.length
    onProgress(progress())
  }

  const embed = async (texts: readonly TextToEmbed[], signal: AbortSignal) => {
    const done = await embedGroup(embedder, texts, signal)
    await keep(done.texts, done.vectors)
    if (done.fault === undefined) return
    refused = done.fault
    log.warn({ error: done.fault, texts: texts.length - done.texts.length }, 'Some texts could not be embedded')
  }

  const all = async (repositoryId: number, signal: AbortSignal) => {
    model = await findModel(database, embedder.model)
    let repository = await repositoryNow(database, repositoryId)
    // What was published meanwhile found this job open, so it is this job's to embed as well.
    for (let done = -1; repository !== undefined && repository.generation !== done; ) {
      done = repository.generation
      toEmbed = embedded + (await countWithoutEmbedding(database, model?.id ?? NO_MODEL, repository))
      onProgress(progress())
      const groups = textsWithoutEmbedding(database, repository, () => model?.id ?? NO_MODEL, TEXTS_A_GROUP)
      await forEachOf(prefetched(groups), GROUPS_AT_A_TIME, embed, signal)
      repository = await repositoryNow(database, repositoryId)
    }
    if (refused !== undefined) throw refused
  }

  const ended = (state: RunOutcome['state'], fault?: Fault): RunOutcome => ({
    state,
    progress: progress(),
    ...(fault === undefined ? {} : { fault }),
  })
  return { all, ended }
}
