import { assertDimensions } from '../../embedding/dimension.ts'
import type { Embedder } from '../../embedding/embedder.ts'
import type { OwnModel } from '../../embedding/own-model.ts'
import { Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Database, Sql } from '../../store/database.ts'
import { insertEmbeddings, insertNewEmbeddings, isDuplicate, repositoryNow } from '../../store/embeddings.ts'
import { findModel, type ModelRow, registerModel } from '../../store/models.ts'
import { insertVectors, type SegmentToEmbed, segmentsToEmbed } from '../../store/segment-vectors.ts'
import { Turns } from '../../store/turns.ts'
import type { RepositoryAt } from '../../store/visibility.ts'
import { packVectors } from '../../vectors/packed-vectors.ts'
import type { Progress } from '../contract.ts'
import type { RunOutcome } from '../job.ts'
import { embedGroup } from './embed-group.ts'
import { type MissingText, type MissingVectors, missingIn } from './missing-texts.ts'
import { fillOwnVectors } from './own-vectors.ts'
import { forEachOf, prefetched } from './prefetch.ts'
import { completeSegment, SegmentCompletion, type WholeSegment } from './segment-completion.ts'
import { timedGroups } from './timed-groups.ts'

export interface EmbedRunParts {
  readonly database: Database
  /** Undefined if the package's model cannot be used. */
  readonly ownModel?: OwnModel
  /** Undefined if Ollama is turned off. */
  readonly embedder?: Embedder
  readonly log: Log
}

type ServedParts = Omit<EmbedRunParts, 'ownModel' | 'embedder'> & { readonly embedder: Embedder }

export type EmbedRun = (
  job: { readonly repositoryId: number },
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
) => Promise<RunOutcome>

// While one group is stored, the embedder works on the next.
const GROUPS_AT_A_TIME = 2
const NO_MODEL = 0

/**
 * Adds the vectors that the visible chunks of a repository lack. Progress is kept if the run ends early. The outcome is
 * `partial` if a later run can add what is missing.
 */
export function makeEmbedRun(parts: EmbedRunParts): EmbedRun {
  return async ({ repositoryId }, signal, onProgress) => {
    const { ownModel, embedder, ...rest } = parts
    if (ownModel !== undefined) await fillOwnVectors(parts.database, ownModel, repositoryId, signal)
    if (embedder === undefined || !(await embedder.isExpected(signal)))
      return { state: 'succeeded', progress: { phase: 'embedding' } }
    const run = new Run({ ...rest, embedder }, repositoryId, onProgress)
    try {
      await run.all(signal)
      return run.ended('succeeded')
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Fault) || !error.code.startsWith('embed')) throw error
      const fault = await blamed(embedder, error, signal)
      parts.log.warn({ error: fault, repository: repositoryId }, 'Embedding ended early')
      return run.ended(fault.code === 'embedding_model_dimension' ? 'failed' : 'partial', fault)
    }
  }
}

/**
 * Returns the cause of a failure: if a plain text gets a vector, the texts, which break the model every time; otherwise
 * the embedder, which may recover.
 */
async function blamed(embedder: Embedder, fault: Fault, signal: AbortSignal): Promise<Fault> {
  if (!['embedder_unavailable', 'embedder_reply_invalid'].includes(fault.code)) return fault
  const isWell = (await embedder.check(signal)).state === 'ready' && (await embedsPlainText(embedder, signal))
  signal.throwIfAborted()
  const code = isWell ? 'embedder_reply_invalid' : 'embedder_unavailable'
  return code === fault.code ? fault : new Fault(code, fault.message, fault.remedy, { cause: fault })
}

function embedsPlainText(embedder: Embedder, signal: AbortSignal): Promise<boolean> {
  return embedder.embedDocuments(['plain text'], signal).then(
    () => true,
    () => false,
  )
}

class Run {
  readonly #parts: ServedParts
  readonly #repositoryId: number
  readonly #onProgress: (progress: Progress) => void
  readonly #completion = new SegmentCompletion()
  /** Segments with remaining texts. */
  readonly #open = new Map<number, WholeSegment>()
  #model: ModelRow | undefined
  #toEmbed = 0
  #embedded = 0
  #refused: Fault | undefined
  /** Groups are stored one after the other, because two may contain the same text. */
  readonly #turns = new Turns()

  constructor(parts: ServedParts, repositoryId: number, onProgress: (progress: Progress) => void) {
    this.#parts = parts
    this.#repositoryId = repositoryId
    this.#onProgress = onProgress
  }

  async all(signal: AbortSignal): Promise<void> {
    const { database, embedder } = this.#parts
    this.#model = await findModel(database, embedder.model)
    let repository = await repositoryNow(database, this.#repositoryId)
    // Publications during this job found it open, so they are this job's to embed too.
    for (let done = -1; repository !== undefined && repository.generation !== done; ) {
      done = repository.generation
      await this.#generation(repository, signal)
      repository = await repositoryNow(database, this.#repositoryId)
    }
    if (this.#refused !== undefined) throw this.#refused
  }

  ended(state: RunOutcome['state'], fault?: Fault): RunOutcome {
    return { state, progress: this.#progress, ...(fault === undefined ? {} : { fault }) }
  }

  get #progress(): Progress {
    return { phase: 'embedding', chunksToEmbed: this.#toEmbed, chunksEmbedded: this.#embedded }
  }

  async #generation(repository: RepositoryAt, signal: AbortSignal): Promise<void> {
    const segments = await segmentsToEmbed(this.#parts.database, this.#model?.id ?? NO_MODEL, repository)
    this.#toEmbed = this.#embedded + segments.reduce((sum, { missing }) => sum + missing, 0)
    this.#onProgress(this.#progress)
    await forEachOf(
      prefetched(timedGroups(this.#texts(repository, segments))),
      GROUPS_AT_A_TIME,
      async (group, either) => {
        const startedAt = performance.now()
        await this.#embed(group.texts, either)
        group.took(performance.now() - startedAt)
      },
      signal,
    )
  }

  /** Yields the texts without a vector. Handles those that have one from elsewhere on the way. */
  async *#texts(repository: RepositoryAt, segments: readonly SegmentToEmbed[]): AsyncGenerator<MissingText> {
    for (const segment of segments) {
      const { segmentId } = segment
      this.#completion.begin(segmentId)
      this.#open.set(segmentId, segment)
      for await (const { known, texts } of missingIn(this.#parts.database, repository, segment, this.#model)) {
        await this.#keepKnown(segmentId, known)
        this.#completion.expect(segmentId, texts.length)
        yield* texts
      }
      await this.#done(segmentId, true)
    }
  }

  async #keepKnown(segmentId: number, { documents, vectors }: MissingVectors['known']): Promise<void> {
    const model = this.#model
    if (documents.length === 0 || model === undefined) return
    const group = { segmentId, packed: packVectors(documents, vectors), complete: false }
    await this.#store((sql) => insertVectors(sql, this.#repositoryId, model.id, [group]))
    this.#count(documents.length)
  }

  async #embed(texts: readonly MissingText[], signal: AbortSignal): Promise<void> {
    const done = await embedGroup(this.#parts.embedder, texts, signal)
    await this.#keep(done.texts, done.vectors)
    const held = new Set(done.texts)
    for (const text of texts) await this.#done(text.segmentId, held.has(text))
    if (done.fault === undefined) return
    this.#refused = done.fault
    this.#parts.log.warn(
      { error: done.fault, texts: texts.length - done.texts.length },
      'Some texts could not be embedded',
    )
  }

  async #keep(texts: readonly MissingText[], vectors: readonly Float32Array[]): Promise<void> {
    const { database, embedder } = this.#parts
    const [first] = vectors
    if (first === undefined) return
    this.#model ??= await registerModel(database, embedder.model, first.length)
    const model = this.#model
    for (const vector of vectors) assertDimensions(embedder.model, model.dimensions, vector)
    const embedded = texts.flatMap((text, at) => (vectors[at] === undefined ? [] : [{ ...text, vector: vectors[at] }]))
    const groups = Array.from(
      Map.groupBy(embedded, ({ segmentId }) => segmentId),
      ([segmentId, ofSegment]) => ({ segmentId, packed: packed(ofSegment), complete: false }),
    )
    // Send all statements before any completes, because questions to the database wait for the time in between.
    const store = (insert: typeof insertEmbeddings) =>
      this.#store(async (sql) => {
        await Promise.all([insert(sql, model, embedded), insertVectors(sql, this.#repositoryId, model.id, groups)])
      })
    // Another group, or another worker, may have stored the same text meanwhile.
    await store(insertNewEmbeddings).catch((error: unknown) =>
      isDuplicate(error) ? store(insertEmbeddings) : Promise.reject(error),
    )
    this.#count(groups.reduce((sum, { packed: { count } }) => sum + count, 0))
  }

  /** Counts a text of a segment as done, with or without a vector. */
  async #done(segmentId: number, hasVector: boolean): Promise<void> {
    const [model, segment] = [this.#model, this.#open.get(segmentId)]
    if (!this.#completion.done(segmentId, hasVector) || segment === undefined) return
    this.#open.delete(segmentId)
    if (model !== undefined) await this.#store((sql) => completeSegment(sql, this.#repositoryId, segment, model))
  }

  #store(work: (sql: Sql) => Promise<void>): Promise<void> {
    return this.#turns.alone(() => this.#parts.database.transaction(work))
  }

  #count(documents: number): void {
    this.#embedded += documents
    this.#toEmbed = Math.max(this.#toEmbed, this.#embedded)
    this.#onProgress(this.#progress)
  }
}

function packed(texts: readonly (MissingText & { readonly vector: Float32Array })[]) {
  const each = texts.flatMap(({ documents, vector }) => documents.map((document) => ({ document, vector })))
  return packVectors(
    each.map(({ document }) => document),
    each.map(({ vector }) => vector),
  )
}
