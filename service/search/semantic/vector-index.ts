import { asOptimizedCode } from '../../baseline-code.ts'
import type { Database } from '../../store/database.ts'
import { allModels, type NamedModel } from '../../store/models.ts'
import { type RepositoryRow, repositoryIds } from '../../store/repositories.ts'
import { vectorStates } from '../../store/segment-vectors.ts'
import type { SegmentRow } from '../../store/segments.ts'
import { Turns } from '../../store/turns.ts'
import { DOT_PRODUCTS, useDotProducts } from '../../vectors/dot-products.ts'
import { ResidentVectors } from './resident-vectors.ts'

/** The repositories and segments of a query. */
export interface IndexedSegments {
  readonly repositories: readonly RepositoryRow[]
  readonly segments: readonly SegmentRow[]
}

/** A model with vectors of the known repositories. */
export interface HeldModel extends NamedModel {
  /** Number of documents with a vector. */
  readonly documents: number
  /** Undefined if its vectors do not fit into the allowed memory. */
  readonly vectors?: ResidentVectors
}

interface Held {
  readonly model: NamedModel
  readonly vectors: ResidentVectors
  /** Number of documents with a vector, by repository. */
  readonly documents: Map<number, number>
  /** Repositories whose vectors are in memory or being loaded. */
  readonly resident: Set<number>
}

/** Minimum interval between loads while vectors are being stored, so that not every question loads the latest few. */
const PAUSE_MS = 250

let compiling: Promise<WebAssembly.Module> | undefined

/** Compiles the comparison, which is at most half as fast if V8 does not optimize it. */
function routine(): Promise<WebAssembly.Module> {
  compiling ??= asOptimizedCode(Buffer.from(DOT_PRODUCTS, 'base64'), useDotProducts)
  return compiling
}

/** The vectors of all models for questions, in memory as far as they fit. */
export class VectorIndex {
  readonly #database: Database
  readonly #limitBytes: number
  readonly #models = new Map<string, Held>()
  /** State of each repository at its last update. */
  readonly #seen = new Map<number, string>()
  /** One update at a time, so that each finds what the previous one has loaded. */
  readonly #turns = new Turns()
  #updatedAt = Number.NEGATIVE_INFINITY

  constructor(database: Database, limitBytes: number) {
    this.#database = database
    this.#limitBytes = limitBytes
  }

  /**
   * Updates the vectors of the repositories. Returns at once if nothing changed, or, unless `isUrgent`, if only vectors
   * were added since a very recent update.
   */
  async update(index: IndexedSegments, isUrgent = true): Promise<void> {
    const changed = this.#changed(index)
    const mayWait = !isUrgent && performance.now() - this.#updatedAt < PAUSE_MS
    if (mayWait && changed.every((each) => this.#seen.get(each.id)?.startsWith(textsOf(each)))) return
    if (changed.length > 0) await this.#turns.alone(() => this.#update(index))
  }

  /** Unloads all vectors. */
  forget(): Promise<void> {
    return this.#turns.alone(async () => {
      this.#models.clear()
      this.#seen.clear()
    })
  }

  /** Returns the models with vectors of these repositories, those with most first. */
  modelsOf({ repositories }: Pick<IndexedSegments, 'repositories'>): HeldModel[] {
    return this.#counted(repositories.map(({ id }) => id))
  }

  /** Returns the models with any vectors. */
  models(): HeldModel[] {
    return this.#counted([...this.#seen.keys()])
  }

  #counted(repositoryIds: readonly number[]): HeldModel[] {
    return [...this.#models.values()]
      .map((held) => ({ held, documents: documentsOf(held, repositoryIds) }))
      .filter(({ documents }) => documents > 0)
      .sort((one, other) => other.documents - one.documents)
      .map(({ held, documents }) => ({
        ...held.model,
        documents,
        ...(documentsOf(
          held,
          repositoryIds.filter((id) => !held.resident.has(id)),
        ) === 0
          ? { vectors: held.vectors }
          : {}),
      }))
  }

  #changed({ repositories }: IndexedSegments): RepositoryRow[] {
    const fitting = [...this.#models.values()].filter((held) => this.#wouldFit(held))
    // What did not fit before may fit after something else was unloaded.
    const isAway = (id: number) => fitting.some((held) => documentsOf(held, [id]) > 0 && !held.resident.has(id))
    return repositories.filter(
      (repository) => this.#seen.get(repository.id) !== stateOf(repository) || isAway(repository.id),
    )
  }

  async #update(index: IndexedSegments): Promise<void> {
    const changed = this.#changed(index)
    if (changed.length === 0) return
    const [code, models, states, ids] = await Promise.all([
      routine(),
      allModels(this.#database),
      vectorStates(this.#database, changed),
      repositoryIds(this.#database),
    ])
    this.#forgetAllBut(models)
    await this.#letGoOfAllBut(ids)
    const ofRepository = Map.groupBy(index.segments, ({ repositoryId }) => repositoryId)
    for (const model of models) {
      const ofModel = new Map(
        states.filter(({ modelId }) => modelId === model.id).map((state) => [state.segmentId, state]),
      )
      for (const repository of changed) {
        const segments = (ofRepository.get(repository.id) ?? []).flatMap(({ id, documents }) => {
          const state = ofModel.get(id)
          return state === undefined ? [] : [{ id, documents, ...state }]
        })
        await this.#hold({ model, code }, repository.id, segments)
      }
    }
    for (const repository of changed) this.#seen.set(repository.id, stateOf(repository))
    this.#updatedAt = performance.now()
  }

  async #letGoOfAllBut(repositories: ReadonlySet<number>): Promise<void> {
    for (const id of this.#seen.keys()) {
      if (repositories.has(id)) continue
      this.#seen.delete(id)
      for (const { documents, resident, vectors } of this.#models.values()) {
        documents.delete(id)
        resident.delete(id)
        await vectors.update(id, [])
      }
    }
  }

  async #hold(
    { model, code }: { readonly model: NamedModel; readonly code: WebAssembly.Module },
    repositoryId: number,
    segments: readonly { id: number; documents: number; embedded: number; complete: boolean }[],
  ): Promise<void> {
    const known = this.#models.get(model.name)
    if (known === undefined && segments.length === 0) return
    const held = known ?? this.#empty(model, code)
    this.#models.set(model.name, held)
    held.documents.set(
      repositoryId,
      segments.reduce((sum, { embedded }) => sum + embedded, 0),
    )
    if (this.#wouldFit(held)) {
      // Set before loading, so that questions meanwhile use what is already loaded.
      held.resident.add(repositoryId)
      await held.vectors.update(repositoryId, segments)
    } else {
      const away = [...held.resident]
      held.resident.clear()
      for (const id of away) await held.vectors.update(id, [])
    }
  }

  #empty(model: NamedModel, code: WebAssembly.Module): Held {
    return {
      model,
      vectors: new ResidentVectors(this.#database, model, code),
      documents: new Map(),
      resident: new Set(),
    }
  }

  /** Whether all vectors of the model fit into memory beside those of the preceding models. */
  #wouldFit(held: Held): boolean {
    let bytes = 0
    for (const each of this.#models.values()) {
      bytes += each.vectors.bytesFor(documentsOf(each, [...each.documents.keys()]))
      if (each === held) break
    }
    return bytes <= this.#limitBytes
  }

  #forgetAllBut(models: readonly NamedModel[]): void {
    const ids = new Set(models.map(({ id }) => id))
    for (const [name, { model }] of this.#models) if (!ids.has(model.id)) this.#models.delete(name)
  }
}

function documentsOf({ documents }: Held, repositoryIds: readonly number[]): number {
  return repositoryIds.reduce((sum, id) => sum + (documents.get(id) ?? 0), 0)
}

const stateOf = (repository: RepositoryRow) => `${textsOf(repository)}${repository.vectors}`

const textsOf = ({ generation, files, chunks }: RepositoryRow) => `${generation}:${files}:${chunks}:`
