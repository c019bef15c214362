import type { Sql } from '../../store/database.ts'
import type { ModelRow } from '../../store/models.ts'
import { markComplete, replaceVectors, vectorBlocks, vectorsOfSegment } from '../../store/segment-vectors.ts'
import { joinPacked } from '../../vectors/packed-vectors.ts'

/** Groups that are larger on average are read as fast as one, and to write them again would cost as much as they did. */
const SMALL_GROUP = 64

export interface WholeSegment {
  readonly segmentId: number
  /** All that it has. */
  readonly documents: number
}

/** Notes that a segment has all its vectors, and makes one row of the groups that they came in where these are many. */
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
