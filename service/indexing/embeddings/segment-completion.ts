/** Knows when all texts of a segment have been dealt with. */
export class SegmentCompletion {
  readonly #open = new Map<number, { left: number; lacks: boolean }>()

  /** From here on, texts of the segment are looked for; that counts as one of them until it is done. */
  begin(segmentId: number): void {
    this.#open.set(segmentId, { left: 1, lacks: false })
  }

  /** Counts texts of the segment that were found. */
  expect(segmentId: number, texts: number): void {
    const segment = this.#open.get(segmentId)
    if (segment !== undefined) segment.left += texts
  }

  /** Counts a text as done, with or without a vector; whether the segment is complete with it. */
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
