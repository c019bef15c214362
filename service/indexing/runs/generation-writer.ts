import type { Database } from '../../store/database.ts'
import { updateStamps } from '../../store/files.ts'
import { insertBatch, publish, type RunFacts, recordRun, recordVersion } from '../../store/generations.ts'
import type { RepositoryAt } from '../../store/visibility.ts'
import type { AnalysedBatch, AnalysedFile } from '../analysis.ts'

interface Writing {
  readonly early: boolean
  readonly ownModelId: number | undefined
  /** Version of the index's format and settings. */
  readonly version: string
}

/** Writes what a run finds, and publishes it: at the end in one step, or on request after each batch. */
export class GenerationWriter {
  readonly #transactions: Pick<Database, 'transaction'>
  readonly #early: boolean
  readonly #ownModelId: number | undefined
  readonly #version: string
  #published: RepositoryAt
  /** Segments that are not visible yet. */
  readonly #written: number[] = []

  constructor(
    transactions: Pick<Database, 'transaction'>,
    published: RepositoryAt,
    { early, ownModelId, version }: Writing,
  ) {
    this.#transactions = transactions
    this.#published = published
    this.#early = early
    this.#ownModelId = ownModelId
    this.#version = version
  }

  async write({ files, segment, vectors: packed }: AnalysedBatch): Promise<void> {
    const touched = files.filter((file) => file.outcome === 'unchanged')
    const changed = files.filter(
      (file): file is Extract<AnalysedFile, { outcome: 'analysed' }> => file.outcome === 'analysed',
    )
    const next = this.#next
    const written = await this.#transactions.transaction(async (sql) => {
      if (touched.length > 0) await updateStamps(sql, this.#published, touched)
      if (segment === undefined) return undefined
      const modelId = this.#ownModelId
      const vectors = packed !== undefined && modelId !== undefined ? { vectors: { modelId, packed } } : {}
      const written = await insertBatch(sql, next, { ...segment, ...vectors }, changed)
      if (!this.#early) return written
      // If this run is killed, the next one knows how these texts were analysed.
      if (this.#published.generation === 0) await recordVersion(sql, next.id, this.#version)
      await publish(sql, next, { segments: [written], removed: [] })
      return written
    })
    if (written === undefined) return
    if (this.#early) this.#published = next
    else this.#written.push(written)
  }

  /** Makes everything written so far visible, and hides the removed paths. */
  async publish(removed: readonly string[], facts: RunFacts): Promise<void> {
    const next = this.#next
    const segments = this.#written
    await this.#transactions.transaction((sql) =>
      segments.length > 0 || removed.length > 0
        ? publish(sql, next, { segments, removed }, facts)
        : recordRun(sql, next.id, facts),
    )
  }

  get #next(): RepositoryAt {
    return { id: this.#published.id, generation: this.#published.generation + 1 }
  }
}
