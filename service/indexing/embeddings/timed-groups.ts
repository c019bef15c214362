import { makeBatchSize } from '../../embedding/batch-size.ts'
import { SECOND } from '../../units.ts'

export interface TimedGroup<Item> {
  readonly texts: readonly Item[]
  /** Reports how long the group took, in milliseconds. */
  readonly took: (ms: number) => void
}

/** A crash loses what was embedded since the last group was stored, and questions wait while one is stored. */
const TARGET_MS = SECOND
const MOST = 128

/** Groups items so that each group takes about a second. */
export async function* timedGroups<Item>(items: AsyncIterable<Item>): AsyncGenerator<TimedGroup<Item>> {
  const size = makeBatchSize(TARGET_MS, MOST)
  let texts: Item[] = []
  const group = (of: readonly Item[]) => ({ texts: of, took: (ms: number) => size.observe(of.length, ms) })
  for await (const item of items) {
    texts.push(item)
    if (texts.length < size.current()) continue
    yield group(texts)
    texts = []
  }
  if (texts.length > 0) yield group(texts)
}
