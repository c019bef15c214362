/** Knows when all texts of a segment have been dealt with. */
export class SegmentCompletion {
  readonly #open = new Map<number, { texts: number; lacks: boolean }>()

  /** @returns whether the segment is complete already */
  begin(segmentId: number, texts: number): boolean {
    if (texts > 0) this.#open.set(segmentId, { texts, lacks: false })
    return texts === 0
  }

  /** Counts a text as done, with or without a vector; whether the segment is complete with it. */
  done(segmentId: number, hasVector: boolean): boolean {
    const segment = this.#open.get(segmentId)
    if (segment === undefined) return false
    segment.texts--
    segment.lacks ||= !hasVector
    if (segment.texts > 0) return false
    this.#open.delete(segmentId)
    return !segment.lacks
  }
}
