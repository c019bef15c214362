import { Fault } from '../errors.ts'

export interface ReadingLimits {
  /** How long a reader waits for what is being read; late, it gets what was read before. */
  readonly deadlineMs: number
  /** The same where something was read before; as long unless given. */
  readonly againMs?: number
  /** How long what was read is good, at least. */
  readonly keepMs: number
  /** The largest share of all time that may go into reading: what takes long is read less often. */
  readonly share: number
  readonly now: () => number
}

/** What `read` gives, read once however many ask, and kept for a while; undefined where it failed or is not there yet. */
export function makeKeptReading<Value>(
  read: () => Promise<Value>,
  { deadlineMs, againMs = deadlineMs, keepMs, share, now }: ReadingLimits,
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
    const waitMs = kept === undefined ? deadlineMs : againMs
    if (waitMs > 0) await atMost(waitMs, pending)
    return kept
  }
}

async function atMost(deadlineMs: number, work: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, deadlineMs)
  await Promise.race([work, late])
  clearTimeout(timer)
}

type Outcome<Value> = { readonly value: Value } | { readonly error: unknown }

/** What is read again and again in the background, so that whoever asks is answered out of hand. */
export interface FreshReading<Value> {
  /** What was read last; only while nothing was read yet, it waits a moment. @throws what the last reading has thrown */
  latest(): Promise<Value>
  stop(): void
}

export interface FreshLimits {
  /** From the end of a reading to the next. */
  readonly everyMs: number
  /** How long the first reading is waited for. */
  readonly firstMs: number
}

/** Reads for as long as it is not stopped; a reading that hangs is for `read` to end. */
export function keepFresh<Value>(read: () => Promise<Value>, { everyMs, firstMs }: FreshLimits): FreshReading<Value> {
  let last: Outcome<Value> | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const renew = async () => {
    last = await read().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    if (!stopped) timer = setTimeout(() => void renew(), everyMs).unref()
  }
  const first = renew()
  return {
    async latest() {
      if (last === undefined) await atMost(firstMs, first)
      if (last === undefined)
        throw new Fault('database_unavailable', 'The state has not been read yet', 'Try again in a moment')
      if ('error' in last) throw last.error
      return last.value
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
