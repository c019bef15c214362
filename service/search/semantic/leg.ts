import { assertDimensions } from '../../embedding/dimension.ts'
import type { Embedder } from '../../embedding/embedder.ts'
import { isOwnModel, type OwnModel } from '../../embedding/own-model.ts'
import type { Database } from '../../store/database.ts'
import { nearestChunks } from '../../store/nearest-chunks.ts'
import type { ModelInUse } from '../contract.ts'
import type { TableSegment } from '../file-table.ts'
import { inTurns } from '../in-turns.ts'
import type { Workspace } from '../workspace.ts'
import { type Likeness, Spread, sparseLikeness } from './likeness.ts'
import { type HeldModel, type IndexedSegments, VectorIndex } from './vector-index.ts'

export interface SemanticParts {
  readonly database: Database
  /** Undefined if the package's model cannot be used. */
  readonly ownModel?: Pick<OwnModel, 'name' | 'questionVector'>
  /** Undefined if Ollama is turned off. */
  readonly embedder?: Pick<Embedder, 'model' | 'embedQuery'>
  /** Returns an embedder for another model of the same Ollama. */
  readonly embedderFor?: (model: string) => Pick<Embedder, 'model' | 'embedQuery'>
  /** Maximum memory for vectors, in bytes. */
  readonly memoryBytes: number
}

export interface SemanticQuestion extends IndexedSegments {
  readonly text: string
  /** Segments with the files that the question may see. */
  readonly segments: readonly TableSegment[]
  /** Limits the result to chunks of these files. */
  readonly fileIds?: ReadonlySet<number>
  /** Where likenesses lie that are found by comparing all. */
  readonly workspace: Workspace
}

/** Finds chunks by the meaning of their text. */
export interface SemanticLeg {
  /** Returns the likeness of the chunks under the package's model, as far as its vectors are in memory. */
  own(question: SemanticQuestion, signal?: AbortSignal): Promise<Likeness | undefined>
  /**
   * Returns the likeness under an Ollama model, or undefined if it has no vectors of these repositories.
   * @throws Fault of the embedder or the database. The caller then answers without
   */
  served(question: SemanticQuestion, signal: AbortSignal): Promise<Likeness | undefined>
  /** Loads new vectors into memory. Returns at once if there are none, or, unless `isUrgent`, if they can wait. */
  update(index: IndexedSegments, isUrgent?: boolean): Promise<void>
  /** Unloads all vectors. */
  forget(): Promise<void>
  /** Whether vectors of these repositories are in memory. */
  holds(index: IndexedSegments): boolean
  /** Returns the models with vectors, and how they are compared. */
  describe(): ModelInUse[]
}

const NEAREST = 200

export function makeSemanticLeg({
  database,
  ownModel,
  embedder,
  embedderFor,
  memoryBytes,
}: SemanticParts): SemanticLeg {
  const index = new VectorIndex(database, memoryBytes)

  const modelOf = (question: SemanticQuestion): HeldModel | undefined => {
    const models = index.modelsOf(question).filter(({ name }) => !isOwnModel(name))
    const [most] = models
    const wanted = models.find(({ name }) => name === embedder?.model)
    // The previous model answers until the configured one has as many vectors.
    return most !== undefined && wanted !== undefined && most.documents <= wanted.documents ? wanted : most
  }

  return {
    update: (segments, isUrgent) => index.update(segments, isUrgent),
    forget: () => index.forget(),
    holds: (segments) => index.modelsOf(segments).some(({ vectors }) => vectors !== undefined),
    describe: () =>
      index.models().map(({ name, documents, vectors }) => ({
        model: name,
        vectors: documents,
        ...(vectors === undefined ? { way: 'index' } : { way: 'memory', bytes: vectors.bytes }),
      })),
    own: async (question, signal) => {
      const model = index.modelsOf(question).find(({ name }) => name === ownModel?.name)
      const vector = model?.vectors && ownModel?.questionVector(question.text)
      return model?.vectors && vector && compared({ ...model, vectors: model.vectors }, question, vector, signal)
    },
    served: async (question, signal) => {
      const model = modelOf(question)
      if (embedder === undefined || model === undefined) return undefined
      const asked = model.name === embedder.model ? embedder : embedderFor?.(model.name)
      const vector = await asked?.embedQuery(question.text, signal)
      if (vector === undefined) return undefined
      assertDimensions(model.name, model.dimensions, vector)
      signal.throwIfAborted()
      const { vectors } = model
      if (vectors !== undefined) return compared({ ...model, vectors }, question, vector, signal)
      const { repositories, fileIds } = question
      const files = fileIds === undefined ? {} : { fileIds: [...fileIds] }
      const near = await nearestChunks(database, {
        model,
        vector,
        repositories,
        limit: NEAREST,
        exact: false,
        ...files,
      })
      return sparseLikeness(model.name, near, question.segments)
    },
  }
}

async function compared(
  { name: model, vectors }: Pick<Required<HeldModel>, 'name' | 'vectors'>,
  { segments, workspace }: SemanticQuestion,
  vector: Float32Array,
  signal: AbortSignal | undefined,
): Promise<Likeness> {
  const cosines = new Map<number, Float32Array>()
  const spread = new Spread()
  const compare = ({ id, files, documents }: TableSegment) => {
    if (!vectors.has(id)) return
    const ofSegment = vectors.cosines(id, vector, workspace.floats(documents))
    spread.add(ofSegment, files)
    cosines.set(id, ofSegment)
  }
  await inTurns(segments, compare, { atOnce: 1, signal })
  return { model, ...spread.standardising(), of: (segmentId) => cosines.get(segmentId) }
}
