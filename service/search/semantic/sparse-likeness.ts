import type { NearChunk } from '../../store/nearest-chunks.ts'
import type { SegmentRow } from '../../store/segments.ts'
import type { Likeness } from './likeness.ts'

/** Where between the mean of all chunks and the nearest the last of so few nearest lies, in standard deviations. */
const LAST = 2
const FIRST = 4

/** The nearest chunks alone, as an index gives them: all others count as the mean. */
export function sparseLikeness(model: string, near: readonly NearChunk[], segments: readonly SegmentRow[]): Likeness {
  const most = Math.max(...near.map(({ similarity }) => similarity))
  const range = most - Math.min(...near.map(({ similarity }) => similarity))
  const documents = new Map(segments.map((segment) => [segment.id, segment.documents]))
  const bySegment = new Map<number, Float32Array>()
  for (const { segmentId, document, similarity } of near) {
    const values = bySegment.get(segmentId) ?? new Float32Array(documents.get(segmentId) ?? 0)
    bySegment.set(segmentId, values)
    values[document] = range > 0 ? FIRST - ((most - similarity) / range) * (FIRST - LAST) : FIRST
  }
  return { model, of: (segmentId) => bySegment.get(segmentId) }
}
