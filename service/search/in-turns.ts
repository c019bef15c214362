import { setImmediate as otherWork } from 'node:timers/promises'

/** How long a question may occupy the answering thread before others get their turn. */
const SLICE_MS = 5
const ITEMS_AT_ONCE = 100

/** Visits all items, in order, and regularly yields to other tasks. */
export async function inTurns<Item>(items: readonly Item[], visit: (item: Item) => void): Promise<void> {
  let since = performance.now()
  for (let at = 0; at < items.length; at += ITEMS_AT_ONCE) {
    for (const item of items.slice(at, at + ITEMS_AT_ONCE)) visit(item)
    if (performance.now() - since < SLICE_MS) continue
    await otherWork()
    since = performance.now()
  }
}
