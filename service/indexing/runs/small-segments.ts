import { FILES_A_BATCH, LAST_BYTES } from './batches.ts'

/** The visible part of a segment. */
export interface SegmentSize {
  readonly segmentId: number
  readonly files: number
  readonly documents: number
  /** Size of its texts. Undefined if it was not read. */
  readonly bytes?: number
}

/** A segment with this many visible documents is never rewritten for its size. */
const LARGE = 2048
const SMALLEST = 64
/** Sizes within this factor form a tier, so that each document is rewritten only a few times in all. */
const TIER_FACTOR = 4
const SEGMENTS_A_TIER = 8

/**
 * Returns the segments whose files are worth analysing again together: those of an overfull tier and of the tiers below
 * it, because each segment adds to the cost of every query. A segment that fills half a batch is left, because it would
 * only become a similar one.
 */
export function segmentsToRenew(segments: Iterable<SegmentSize>): Set<number> {
  const tiers: number[][] = []
  for (const { segmentId, files, documents, bytes = 0 } of segments) {
    if (documents >= LARGE || files >= FILES_A_BATCH / 2 || bytes >= LAST_BYTES / 2) continue
    const tier = tierOf(documents)
    tiers[tier] = [...(tiers[tier] ?? []), segmentId]
  }
  const overfull = tiers.findLastIndex((segments) => (segments?.length ?? 0) > SEGMENTS_A_TIER)
  return new Set(tiers.slice(0, overfull + 1).flatMap((segments) => segments ?? []))
}

function tierOf(documents: number): number {
  return Math.max(0, Math.floor(Math.log(documents / SMALLEST) / Math.log(TIER_FACTOR)))
}
