import type { Sql } from '../../store/database.ts'
import type { ModelRow } from '../../store/models.ts'
import { replaceVectors, vectorsOfSegment } from '../../store/segment-vectors.ts'
import { joinPacked } from '../../vectors/packed-vectors.ts'

/** Notes that a segment has all its vectors, and makes one row of the groups that they came in. */
export async function completeSegment(
  sql: Sql,
  repositoryId: number,
  segmentId: number,
  model: ModelRow,
): Promise<void> {
  const blocks = await vectorsOfSegment(sql, model.id, segmentId)
  const packed = joinPacked(
    blocks.map(({ data }) => data),
    model.dimensions,
  )
  await replaceVectors(sql, repositoryId, model.id, { segmentId, packed })
}
