/** Yields the same items, and requests each while the previous one is being processed. */
export async function* prefetched<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]()
  let upcoming = iterator.next()
  try {
    for (;;) {
      const { done, value } = await upcoming
      if (done) return
      upcoming = iterator.next()
      // Nobody awaits it yet. Whoever does later still gets its failure.
      upcoming.catch(() => {})
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}

/** Processes the items, `width` at a time. The first failure aborts the others, and is thrown once they have ended. */
export async function forEachOf<Item>(
  items: AsyncIterable<Item>,
  width: number,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const failure = new AbortController()
  const either = signal === undefined ? failure.signal : AbortSignal.any([failure.signal, signal])
  const iterator = items[Symbol.asyncIterator]()
  const takeOn = async () => {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      either.throwIfAborted()
      await work(next.value, either)
    }
  }
  const lanes = Array.from({ length: width }, async () => {
    try {
      await takeOn()
    } catch (error) {
      failure.abort(error)
      throw error
    }
  })
  await Promise.allSettled(lanes)
  await iterator.return?.()
  signal?.throwIfAborted()
  if (failure.signal.aborted) throw failure.signal.reason
}
