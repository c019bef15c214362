import type { Stats } from 'node:fs'

type Times = Pick<Stats, 'size' | 'mtimeMs' | 'ctimeMs'>

/** How much of a file is indexed, and how it is decoded. */
interface Reading {
  readonly maxBytes: number
  /** Undefined if none is set. */
  readonly encoding?: string | undefined
}

/** Returns the stamp of a file. Equal stamps mean an unchanged file that is read in the same way. */
export function stampOf({ size, mtimeMs, ctimeMs }: Times, { maxBytes, encoding }: Reading): string {
  // A joined string is one object in memory, a template literal keeps its parts.
  const parts = size > maxBytes ? [size, mtimeMs, ctimeMs, maxBytes] : [size, mtimeMs, ctimeMs]
  return (encoding === undefined ? parts : [...parts, encoding]).join(':')
}

// Kernels stamp files by a clock with ticks of 1 to 10 ms, some file systems of 2 s.
const CLOCK_TICK_MS = 20
const COARSE_TICK_MS = 2_000

/**
 * Returns the stamp of a file read at `readAt`. A file that changed just before may change again unnoticed within the
 * same clock tick, so it gets a unique stamp and the next run reads it again.
 */
export function stampWhenRead(times: Times, readAt: number, reading: Reading): string {
  const tick = Number.isInteger(times.mtimeMs / 1000) ? COARSE_TICK_MS : CLOCK_TICK_MS
  const isFresh = readAt - Math.max(times.ctimeMs, times.mtimeMs) < tick
  return isFresh ? `${stampOf(times, reading)}:fresh` : stampOf(times, reading)
}
