interface Held {
  readonly segmentId: number
  readonly documents: number
}

/** A segment with this many visible documents is large enough for ever. */
const LARGE = 2048
const SMALLEST = 64
/** Sizes within this factor are of one tier, so that a document is written again only a few times in all. */
const TIER_FACTOR = 4
const SEGMENTS_A_TIER = 8

/**
 * The segments whose files are worth analysing again together: those of an overfull tier and of the tiers below it, since
 * each segment costs every query.
 */
export function segmentsToRenew(files: Iterable<Held>): Set<number> {
  const tiers: number[][] = []
  for (const [segmentId, documents] of documentsBySegment(files)) {
    if (documents >= LARGE) continue
    const tier = tierOf(documents)
    tiers[tier] = [...(tiers[tier] ?? []), segmentId]
  }
  const overfull = tiers.findLastIndex((segments) => (segments?.length ?? 0) > SEGMENTS_A_TIER)
  return new Set(tiers.slice(0, overfull + 1).flatMap((segments) => segments ?? []))
}

function documentsBySegment(files: Iterable<Held>): Map<number, number> {
  const sums = new Map<number, number>()
  for (const { segmentId, documents } of files) sums.set(segmentId, (sums.get(segmentId) ?? 0) + documents)
  return sums
}

function tierOf(documents: number): number {
  return Math.max(0, Math.floor(Math.log(documents / SMALLEST) / Math.log(TIER_FACTOR)))
}
