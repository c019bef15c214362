import { setImmediate as otherWork } from 'node:timers/promises'

/** How long one question keeps the thread that answers before others get their turn. */
const SLICE_MS = 5
const ITEMS_AT_ONCE = 100

/** Visits all items, in order, and lets other work be done meanwhile. */
export async function inTurns<Item>(items: readonly Item[], visit: (item: Item) => void): Promise<void> {
  let since = performance.now()
  for (let at = 0; at < items.length; at += ITEMS_AT_ONCE) {
    for (const item of items.slice(at, at + ITEMS_AT_ONCE)) visit(item)
    if (performance.now() - since < SLICE_MS) continue
    await otherWork()
    since = performance.now()
  }
}
