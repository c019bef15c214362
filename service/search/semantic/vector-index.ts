import { asOptimizedCode } from '../../baseline-code.ts'
import type { Database } from '../../store/database.ts'
import { allModels, type NamedModel } from '../../store/models.ts'
import { type RepositoryRow, repositoryIds } from '../../store/repositories.ts'
import { vectorStates } from '../../store/segment-vectors.ts'
import type { SegmentRow } from '../../store/segments.ts'
import { Turns } from '../../store/turns.ts'
import { DOT_PRODUCTS, useDotProducts } from '../../vectors/dot-products.ts'
import { ResidentVectors } from './resident-vectors.ts'

/** The repositories and segments that a query looks at. */
export interface IndexedSegments {
  readonly repositories: readonly RepositoryRow[]
  readonly segments: readonly SegmentRow[]
}

/** A model as far as the repositories that were looked at have vectors of it. */
export interface HeldModel extends NamedModel {
  /** How many documents have a vector. */
  readonly documents: number
  /** Undefined where its vectors do not fit into the memory that they may take. */
  readonly vectors?: ResidentVectors
}

interface Held {
  readonly model: NamedModel
  readonly vectors: ResidentVectors
  /** Documents with a vector, by repository. */
  readonly documents: Map<number, number>
  /** The repositories whose vectors are in memory, or on their way there. */
  readonly resident: Set<number>
}

/** How long vectors that are being stored wait for each other, so that not every question reads the newest few. */
const PAUSE_MS = 250

let compiling: Promise<WebAssembly.Module> | undefined

/** The code that compares, which is half as fast or less where V8 does not optimize it. */
function routine(): Promise<WebAssembly.Module> {
  compiling ??= asOptimizedCode(Buffer.from(DOT_PRODUCTS, 'base64'), useDotProducts)
  return compiling
}

/** The vectors of all models that questions may be asked in, kept in memory as far as they fit. */
export class VectorIndex {
  readonly #database: Database
  readonly #limitBytes: number
  readonly #models = new Map<string, Held>()
  /** The state of each repository that was last looked at. */
  readonly #seen = new Map<number, string>()
  /** One after the other: each finds what the one before has read. */
  readonly #turns = new Turns()
  #updatedAt = Number.NEGATIVE_INFINITY

  constructor(database: Database, limitBytes: number) {
    this.#database = database
    this.#limitBytes = limitBytes
  }

  /**
   * Brings what is held up to date with the repositories; at once where nothing has changed, or, unless `isUrgent`, where
   * that was done just now and all that is new is more vectors.
   */
  async update(index: IndexedSegments, isUrgent = true): Promise<void> {
    const changed = this.#changed(index)
    const mayWait = !isUrgent && performance.now() - this.#updatedAt < PAUSE_MS
    if (mayWait && changed.every((each) => this.#seen.get(each.id)?.startsWith(textsOf(each)))) return
    if (changed.length > 0) await this.#turns.alone(() => this.#update(index))
  }

  /** Lets go of all that is held. */
  forget(): Promise<void> {
    return this.#turns.alone(async () => {
      this.#models.clear()
      this.#seen.clear()
    })
  }

  /** The models that documents of these repositories have vectors of, those with most first. */
  modelsOf({ repositories }: Pick<IndexedSegments, 'repositories'>): HeldModel[] {
    return this.#counted(repositories.map(({ id }) => id))
  }

  /** The models that any document has a vector of. */
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
    // What did not fit may do so by now, because something else has gone.
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
    for (const model of models) {
      const ofModel = new Map(
        states.filter(({ modelId }) => modelId === model.id).map((state) => [state.segmentId, state]),
      )
      for (const repository of changed) {
        const segments = index.segments.flatMap(({ id, repositoryId, documents }) => {
          const state = repositoryId === repository.id ? ofModel.get(id) : undefined
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
      // Before its vectors are read: questions meanwhile are answered by those that are there.
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

  /** Whether all that the model has fits into the memory beside all that the models before it have. */
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
