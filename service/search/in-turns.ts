/** How long a computation may occupy the answering thread before others get their turn. */
const SLICE_MS = 5
const ITEMS_AT_ONCE = 100

interface InTurns {
  /** Number of items to visit before looking at the time. Default 100. */
  readonly atOnce?: number
  /** Ends the computation before its next slice. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Visits all items, in order, and regularly yields to other tasks. However many computations there are, only one of them
 * gets a slice between two looks at the sockets.
 */
export async function inTurns<Item>(
  items: Iterable<Item>,
  visit: (item: Item) => void,
  { atOnce = ITEMS_AT_ONCE, signal }: InTurns = {},
): Promise<void> {
  if (waiting.length > 0) await turn()
  signal?.throwIfAborted()
  let since = performance.now()
  let visited = 0
  for (const item of items) {
    visit(item)
    visited++
    if (visited % atOnce > 0 || performance.now() - since < SLICE_MS) continue
    await turn()
    signal?.throwIfAborted()
    since = performance.now()
  }
}

/** The computations that wait for their next slice, longest first. */
const waiting: (() => void)[] = []

function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  waiting.push(resolve)
  if (waiting.length === 1) setImmediate(next)
  return promise
}

function next(): void {
  waiting.shift()?.()
  if (waiting.length > 0) setImmediate(next)
}
