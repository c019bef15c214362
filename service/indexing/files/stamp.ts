import type { Stats } from 'node:fs'

type Times = Pick<Stats, 'size' | 'mtimeMs' | 'ctimeMs'>

/** What of a file is indexed, and how it is read. */
interface Reading {
  readonly maxBytes: number
  /** Absent where none is set for it. */
  readonly encoding?: string | undefined
}

/** Equal stamps mean an unchanged file that is read in the same way. */
export function stampOf({ size, mtimeMs, ctimeMs }: Times, { maxBytes, encoding }: Reading): string {
  // A joined text is one piece of memory, a template one for each part, for as long as it is kept.
  const parts = size > maxBytes ? [size, mtimeMs, ctimeMs, maxBytes] : [size, mtimeMs, ctimeMs]
  return (encoding === undefined ? parts : [...parts, encoding]).join(':')
}

// Kernels stamp files by a clock that ticks every 1 to 10 ms, some file systems every 2 s.
const CLOCK_TICK_MS = 20
const COARSE_TICK_MS = 2_000

/**
 * The stamp of a file that was read at `readAt`. A file that changed just before may change again within the same tick
 * of the clock, unseen: its stamp equals none, so that the next run reads it again.
 */
export function stampWhenRead(times: Times, readAt: number, reading: Reading): string {
  const tick = Number.isInteger(times.mtimeMs / 1000) ? COARSE_TICK_MS : CLOCK_TICK_MS
  const isFresh = readAt - Math.max(times.ctimeMs, times.mtimeMs) < tick
  return isFresh ? `${stampOf(times, reading)}:fresh` : stampOf(times, reading)
}
