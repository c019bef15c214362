import type { FileRow } from '../../store/files.ts'
import type { NearChunk } from '../../store/nearest-chunks.ts'
import type { SegmentRow } from '../../store/segments.ts'

/** Smaller deviations are rounding errors. */
const LEAST_DEVIATION = 1e-6

/** Similarity of segments' chunks to the question's meaning, under one model. */
export interface Likeness {
  /** Full name of the model. */
  readonly model: string
  /** Similarity by document. 0 without a vector. Undefined if no document of the segment has one. */
  of(segmentId: number): Float32Array | undefined
  /**
   * Similarity times `scale` plus `shift` is in standard deviations above the mean of all searched chunks. If all are
   * equal, that is 1.
   */
  readonly scale: number
  readonly shift: number
}

/** Mean and deviation of similarities, whose range differs between models and questions. */
export class Spread {
  #count = 0
  #sum = 0
  #squares = 0

  /** Adds a segment's similarities, as far as the question may see its documents. */
  add(similarities: Float32Array, files: readonly { readonly row: Pick<FileRow, 'firstDocument' | 'documents'> }[]) {
    let count = 0
    let sum = 0
    let squares = 0
    for (const { row } of files) {
      const end = row.firstDocument + row.documents
      for (let at = row.firstDocument; at < end; at++) {
        const value = similarities[at] as number
        if (value === 0) continue
        count++
        sum += value
        squares += value * value
      }
    }
    this.#count += count
    this.#sum += sum
    this.#squares += squares
  }

  standardising(): Pick<Likeness, 'scale' | 'shift'> {
    const count = Math.max(1, this.#count)
    const mean = this.#sum / count
    const deviation = Math.sqrt(Math.max(0, this.#squares / count - mean * mean))
    return deviation > LEAST_DEVIATION ? { scale: 1 / deviation, shift: -mean / deviation } : { scale: 0, shift: 1 }
  }
}

/**
 * Returns the mean over the models by document, in standard deviations above the average, in place of the first model's
 * similarities. Models without a vector of a document do not count for it. 0 if none has one.
 */
export function meanLikeness(likenesses: readonly Likeness[], segmentId: number): Float32Array | undefined {
  const models = likenesses.flatMap((likeness) => {
    const values = likeness.of(segmentId)
    const { scale, shift } = likeness
    return values === undefined ? [] : [{ values, scale, shift }]
  })
  const mean = models[0]?.values
  if (mean === undefined) return undefined
  for (let document = 0; document < mean.length; document++) {
    let sum = 0
    let count = 0
    for (const { values, scale, shift } of models) {
      const value = values[document] as number
      if (value === 0) continue
      sum += value * scale + shift
      count++
    }
    mean[document] = count > 1 ? sum / count : sum
  }
  return mean
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
  return { model, scale: 1, shift: 0, of: (segmentId) => bySegment.get(segmentId) }
}
