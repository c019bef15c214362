import type { Sql } from '../../store/database.ts'
import type { ModelRow } from '../../store/models.ts'
import { markComplete, replaceVectors, vectorBlocks, vectorsOfSegment } from '../../store/segment-vectors.ts'
import { joinPacked } from '../../vectors/packed-vectors.ts'

/** Groups with a larger average are read as fast as one, and rewriting them would cost as much as writing them. */
const SMALL_GROUP = 64

export interface WholeSegment {
  readonly segmentId: number
  /** Total number of documents. */
  readonly documents: number
}

/** Records that a segment has all its vectors, and joins its groups if they are many. */
export async function completeSegment(
  sql: Sql,
  repositoryId: number,
  { segmentId, documents }: WholeSegment,
  model: ModelRow,
): Promise<void> {
  const groups = await vectorBlocks(sql, model.id, [segmentId])
  if (groups.length <= 1 + documents / SMALL_GROUP) return markComplete(sql, repositoryId, model.id, segmentId)
  const blocks = await vectorsOfSegment(sql, model.id, segmentId)
  const packed = joinPacked(
    blocks.map(({ data }) => data),
    model.dimensions,
  )
  await replaceVectors(sql, repositoryId, model.id, { segmentId, packed })
}

/** Tracks when all texts of a segment are done. */
export class SegmentCompletion {
  readonly #open = new Map<number, { left: number; lacks: boolean }>()

  /** Begins the search for texts of the segment, which counts as one of them until it is done. */
  begin(segmentId: number): void {
    this.#open.set(segmentId, { left: 1, lacks: false })
  }

  /** Adds texts of the segment. */
  expect(segmentId: number, texts: number): void {
    const segment = this.#open.get(segmentId)
    if (segment !== undefined) segment.left += texts
  }

  /** Counts a text as done, with or without a vector. Returns whether the segment is now complete. */
  done(segmentId: number, hasVector: boolean): boolean {
    const segment = this.#open.get(segmentId)
    if (segment === undefined) return false
    segment.left--
    segment.lacks ||= !hasVector
    if (segment.left > 0) return false
    this.#open.delete(segmentId)
    return !segment.lacks
  }
}
