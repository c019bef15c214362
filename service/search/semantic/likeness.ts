import type { FileRow } from '../../store/files.ts'
import type { NearChunk } from '../../store/nearest-chunks.ts'
import type { SegmentRow } from '../../store/segments.ts'

/** Smaller deviations are rounding errors. */
const LEAST_DEVIATION = 1e-6

/** Similarity of segments' chunks to the question's meaning, under one model. */
export interface Likeness {
  /** Full name of the model. */
  readonly model: string
  /**
   * Standard deviations above the mean of all searched chunks, by document. 0 without a vector. Undefined if no
   * document of the segment has one.
   */
  of(segmentId: number): Float32Array | undefined
}

/** A segment's documents with their cosines. The question may see those of `files`. */
export interface Compared {
  readonly id: number
  readonly files: readonly { readonly row: Pick<FileRow, 'firstDocument' | 'documents'> }[]
  /** By document. 0 without a vector. */
  readonly cosines: Float32Array
}

/**
 * Converts cosines, whose range differs between models and questions, to standard deviations above the mean of what the
 * question may see. If all are equal, returns 1.
 */
export function standardised(model: string, compared: readonly Compared[]): Likeness {
  const { mean, deviation } = spreadOf(compared)
  for (const { cosines } of compared) {
    for (let at = 0; at < cosines.length; at++) {
      const value = cosines[at] as number
      if (value !== 0) cosines[at] = deviation > LEAST_DEVIATION ? (value - mean) / deviation : 1
    }
  }
  const bySegment = new Map(compared.map(({ id, cosines }) => [id, cosines]))
  return { model, of: (segmentId) => bySegment.get(segmentId) }
}

function spreadOf(compared: readonly Compared[]): { readonly mean: number; readonly deviation: number } {
  const sums = { count: 0, sum: 0, squares: 0 }
  for (const { files, cosines } of compared) {
    for (const { row } of files) addTo(sums, cosines, row.firstDocument, row.documents)
  }
  const mean = sums.sum / Math.max(1, sums.count)
  return { mean, deviation: Math.sqrt(Math.max(0, sums.squares / Math.max(1, sums.count) - mean * mean)) }
}

function addTo(
  sums: { count: number; sum: number; squares: number },
  cosines: Float32Array,
  from: number,
  documents: number,
): void {
  for (let at = from; at < from + documents; at++) {
    const value = cosines[at] as number
    if (value === 0) continue
    sums.count++
    sums.sum += value
    sums.squares += value * value
  }
}

/** Likeness to assume for the last of the nearest chunks, in standard deviations above the mean of all chunks. */
const LAST = 2
const FIRST = 4

/** Returns the likeness of the nearest chunks only, as an index returns them. All others count as average. */
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
