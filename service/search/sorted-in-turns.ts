import { inTurns } from './in-turns.ts'

const ITEMS_A_RUN = 1000

type Compare<Item> = (one: Item, other: Item) => number

/** Sorts in turns with other tasks. Equal items keep their order, and what is sorted already costs little. */
export async function sortedInTurns<Item>(items: readonly Item[], compare: Compare<Item>): Promise<Item[]> {
  let runs: Item[][] = []
  for (let at = 0; at < items.length; at += ITEMS_A_RUN) runs.push(items.slice(at, at + ITEMS_A_RUN))
  await inTurns(runs, (run) => run.sort(compare), { atOnce: 1 })
  while (runs.length > 1) {
    const merged: Item[][] = []
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(await mergedInTurns(runs[at] as Item[], runs[at + 1] ?? [], compare))
    }
    runs = merged
  }
  return runs[0] ?? []
}

async function mergedInTurns<Item>(one: Item[], other: Item[], compare: Compare<Item>): Promise<Item[]> {
  if (other.length === 0 || compare(one.at(-1) as Item, other[0] as Item) <= 0) return one.concat(other)
  const merged: Item[] = []
  await inTurns(inOrder(one, other, compare), (item) => merged.push(item))
  return merged
}

function* inOrder<Item>(one: readonly Item[], other: readonly Item[], compare: Compare<Item>): Generator<Item> {
  let at = 0
  for (const item of one) {
    for (; at < other.length && compare(other[at] as Item, item) < 0; at++) yield other[at] as Item
    yield item
  }
  yield* other.slice(at)
}
