export interface ReadingLimits {
  /** How long a reader waits for what is being read; late, it gets what was read before. */
  readonly deadlineMs: number
  /** How long what was read is good, at least. */
  readonly keepMs: number
  /** The largest share of all time that may go into reading: what takes long is read less often. */
  readonly share: number
  readonly now: () => number
}

/** What `read` gives, read once however many ask, and kept for a while; undefined where it failed or is not there yet. */
export function makeKeptReading<Value>(
  read: () => Promise<Value>,
  { deadlineMs, keepMs, share, now }: ReadingLimits,
): () => Promise<Value | undefined> {
  let kept: Value | undefined
  let goodUntil = Number.NEGATIVE_INFINITY
  let pending: Promise<void> | undefined

  const renew = async () => {
    const startedAt = now()
    kept = await read().catch(() => undefined)
    const endedAt = now()
    // What failed may go well the next time, however long it took to fail.
    goodUntil = endedAt + (kept === undefined ? keepMs : Math.max(keepMs, (endedAt - startedAt) / share))
    pending = undefined
  }

  return async () => {
    if (now() < goodUntil) return kept
    pending ??= renew()
    await atMost(deadlineMs, pending)
    return kept
  }
}

async function atMost(deadlineMs: number, work: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, deadlineMs)
  await Promise.race([work, late])
  clearTimeout(timer)
}
