import type { Database } from '../../store/database.ts'
import type { ModelRow } from '../../store/models.ts'
import { readVectorBlocks, vectorBlocks } from '../../store/segment-vectors.ts'
import { unpackVectors } from '../../vectors/packed-vectors.ts'
import { bytesOfVectors } from '../../vectors/stride.ts'
import { VectorSpace } from '../../vectors/vector-space.ts'

/** A segment of a repository, and whether it has all its vectors. */
export interface SegmentToHold {
  readonly id: number
  readonly documents: number
  readonly complete: boolean
}

/** A block has up to half a megabyte, and the embedded database takes several times that for a larger result. */
const BLOCKS_AT_A_TIME = 1

/** The vectors of a model in memory, updated from the database. */
export class ResidentVectors {
  readonly model: ModelRow
  readonly #database: Database
  readonly #space: VectorSpace
  readonly #ofRepository = new Map<number, readonly number[]>()
  /** The loaded groups of segments that were incomplete at the last update. */
  readonly #groups = new Map<number, Set<number>>()
  readonly #whole = new Set<number>()

  constructor(database: Database, model: ModelRow, code?: WebAssembly.Module) {
    this.model = model
    this.#database = database
    this.#space = new VectorSpace(model.dimensions, code)
  }

  /** Memory in use, in bytes. */
  get bytes(): number {
    return this.#space.bytes
  }

  /** Returns the memory that so many documents would use. */
  bytesFor(documents: number): number {
    return bytesOfVectors(documents, this.model.dimensions)
  }

  /** Loads the current vectors of a repository's segments, and unloads its other segments. */
  async update(repositoryId: number, segments: readonly SegmentToHold[]): Promise<void> {
    const wanted = new Set(segments.map(({ id }) => id))
    for (const id of this.#ofRepository.get(repositoryId) ?? []) if (!wanted.has(id)) this.#release(id)
    if (wanted.size === 0) this.#ofRepository.delete(repositoryId)
    else this.#ofRepository.set(repositoryId, [...wanted])
    const open = segments.filter(({ id }) => !this.#whole.has(id))
    const ids = open.map(({ id }) => id)
    const blocks = open.length === 0 ? [] : await vectorBlocks(this.#database, this.model.id, ids)
    const fresh = blocks.filter(({ segmentId, id }) => this.#groups.get(segmentId)?.has(id) !== true)
    const documents = new Map(open.map((segment) => [segment.id, segment.documents]))
    for (let from = 0; from < fresh.length; from += BLOCKS_AT_A_TIME) {
      await this.#read(fresh.slice(from, from + BLOCKS_AT_A_TIME), documents)
    }
    for (const { id, complete } of open) if (complete) this.#whole.add(id)
  }

  has(segmentId: number): boolean {
    return this.#space.has(segmentId)
  }

  /** Cosines of the segment's documents with a vector of length 1, by document, zero without a vector; in `cosines`. */
  cosines(segmentId: number, vector: Float32Array, cosines: Float32Array): Float32Array {
    return this.#space.cosines(segmentId, vector, cosines)
  }

  async #read(
    blocks: readonly { readonly segmentId: number; readonly id: number }[],
    documents: ReadonlyMap<number, number>,
  ): Promise<void> {
    for (const { segmentId, id, data } of await readVectorBlocks(this.#database, this.model.id, blocks)) {
      this.#space.add(segmentId, documents.get(segmentId) ?? 0)
      this.#space.fill(segmentId, unpackVectors(data, this.model.dimensions))
      const held = this.#groups.get(segmentId)
      if (held === undefined) this.#groups.set(segmentId, new Set([id]))
      else held.add(id)
    }
  }

  #release(segmentId: number): void {
    this.#space.remove(segmentId)
    this.#groups.delete(segmentId)
    this.#whole.delete(segmentId)
  }
}
