import { Fault } from '../errors.ts'

export interface ReadingLimits {
  /** How long a caller waits for a reading before it gets the previous one. */
  readonly deadlineMs: number
  /** The same if there is a previous reading. Default `deadlineMs`. */
  readonly againMs?: number
  /** How long a reading is valid at least. */
  readonly keepMs: number
  /** Maximum share of time to spend on reading: slow readings are repeated less often. */
  readonly share: number
  readonly now: () => number
}

/** What a reading gave. */
export type Outcome<Value> = { readonly value: Value } | { readonly error: unknown }

/** Caches the value that `read` gives. Returns undefined if the reading failed or is not done yet. */
export function makeKeptReading<Value>(
  read: () => Promise<Value>,
  limits: ReadingLimits,
): () => Promise<Value | undefined> {
  const latest = makeKeptOutcome(read, limits)
  return async () => {
    const outcome = await latest()
    return outcome !== undefined && 'value' in outcome ? outcome.value : undefined
  }
}

/**
 * Caches the outcome of `read` for a while, and reads once for concurrent callers. Returns undefined if the first
 * reading is not done yet.
 */
export function makeKeptOutcome<Value>(
  read: () => Promise<Value>,
  { deadlineMs, againMs = deadlineMs, keepMs, share, now }: ReadingLimits,
): () => Promise<Outcome<Value> | undefined> {
  let kept: Outcome<Value> | undefined
  let goodUntil = Number.NEGATIVE_INFINITY
  let pending: Promise<void> | undefined

  const renew = async () => {
    const startedAt = now()
    kept = await outcomeOf(read())
    const endedAt = now()
    // A failed reading may succeed next time, however long it took to fail.
    goodUntil = endedAt + ('error' in kept ? keepMs : Math.max(keepMs, (endedAt - startedAt) / share))
    pending = undefined
  }

  return async () => {
    if (now() < goodUntil) return kept
    pending ??= renew()
    const waitMs = kept === undefined || 'error' in kept ? deadlineMs : againMs
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

const outcomeOf = <Value>(reading: Promise<Value>): Promise<Outcome<Value>> =>
  reading.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )

/** A value that is read repeatedly in the background, so that callers get it at once. */
export interface FreshReading<Value> {
  /** Returns the latest reading. Before the first one, it waits briefly. @throws what the latest reading threw */
  latest(): Promise<Value>
  stop(): void
}

export interface FreshLimits {
  /** From the end of a reading to the start of the next. */
  readonly everyMs: number
  /** How long callers wait for the first reading. */
  readonly firstMs: number
}

/** Reads repeatedly until it is stopped. `read` must have a time limit of its own. */
export function keepFresh<Value>(read: () => Promise<Value>, { everyMs, firstMs }: FreshLimits): FreshReading<Value> {
  let last: Outcome<Value> | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const renew = async () => {
    last = await outcomeOf(read())
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
