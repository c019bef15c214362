import { type ChunkLimits, fits } from './chunk-limits.ts'
import type { TextLines } from './text-lines.ts'

export interface Window {
  readonly from: number
  readonly to: number
}

/** Divides lines into windows of about the target size, at blank lines or lines with little indentation. */
export function lineWindows(lines: TextLines, from: number, to: number, limits: ChunkLimits): Window[] {
  const windows: Window[] = []
  for (let start = from; start <= to; ) {
    const end = fits(lines, start, to, limits.most) ? to : bestEnd(lines, start, furthest(lines, start, to, limits))
    windows.push({ from: start, to: end })
    start = end + 1
  }
  return windows
}

function furthest(lines: TextLines, start: number, to: number, { target }: ChunkLimits): number {
  let end = start
  while (end < to && fits(lines, start, end + 1, target)) end++
  return end
}

/** Returns the best line in the second half after which to divide. */
function bestEnd(lines: TextLines, start: number, end: number): number {
  let best = end
  let bestCost = Number.POSITIVE_INFINITY
  for (let line = end; line > start + (end - start) / 2; line--) {
    const cost = lines.isBlank(line) ? -1 : (lines.indentation(line + 1) ?? -1)
    if (cost < bestCost) {
      best = line
      bestCost = cost
    }
  }
  return best
}
