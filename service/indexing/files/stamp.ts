import type { Stats } from 'node:fs'

type Times = Pick<Stats, 'size' | 'mtimeMs' | 'ctimeMs'>

/** Equal stamps mean an unchanged file, of which as much is indexed: up to `maxBytes`. */
export function stampOf({ size, mtimeMs, ctimeMs }: Times, maxBytes: number): string {
  // A joined text is one piece of memory, a template one for each part, for as long as it is kept.
  return (size > maxBytes ? [size, mtimeMs, ctimeMs, maxBytes] : [size, mtimeMs, ctimeMs]).join(':')
}

// Kernels stamp files by a clock that ticks every 1 to 10 ms, some file systems every 2 s.
const CLOCK_TICK_MS = 20
const COARSE_TICK_MS = 2_000

/**
 * The stamp of a file that was read at `readAt`. A file that changed just before may change again within the same tick
 * of the clock, unseen: its stamp equals none, so that the next run reads it again.
 */
export function stampWhenRead(times: Times, readAt: number, maxBytes: number): string {
  const tick = Number.isInteger(times.mtimeMs / 1000) ? COARSE_TICK_MS : CLOCK_TICK_MS
  const isFresh = readAt - Math.max(times.ctimeMs, times.mtimeMs) < tick
  return isFresh ? `${stampOf(times, maxBytes)}:fresh` : stampOf(times, maxBytes)
}
