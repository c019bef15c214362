import { KIB, MIB } from '../../units.ts'
import type { Candidate } from '../analysis.ts'

const FIRST_BYTES = 512 * KIB
// One thread analyses a batch and one transaction writes it, for which searches on PGlite wait.
export const LAST_BYTES = 4 * MIB
export const FILES_A_BATCH = 2000

/** Divides the candidates into growing batches. The first is small, so that the first answers come early. */
export function* growingBatches(candidates: Iterable<Candidate>): Generator<Candidate[]> {
  let limit = FIRST_BYTES
  let batch: Candidate[] = []
  let bytes = 0
  for (const candidate of candidates) {
    if (batch.length === FILES_A_BATCH || (batch.length > 0 && bytes + candidate.bytes > limit)) {
      yield batch
      batch = []
      bytes = 0
      limit = Math.min(2 * limit, LAST_BYTES)
    }
    batch.push(candidate)
    bytes += candidate.bytes
  }
  if (batch.length > 0) yield batch
}

/** Yields the results of `work` in the order of the items, with up to `width` in progress. */
export async function* inFlight<Item, Result>(
  items: Iterable<Item>,
  width: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = []
  for (const item of items) {
    const started = work(item)
    // Awaited later. Until then, a failure must not count as unhandled.
    started.catch(() => {})
    underWay.push(started)
    if (underWay.length === width) yield await (underWay.shift() as Promise<Result>)
  }
  for (const started of underWay) yield await started
}
