import type { TextLines } from './text-lines.ts'

export interface Limit {
  readonly chars: number
  readonly lines: number
}

export interface ChunkLimits {
  /** Neighbours are joined up to this. */
  readonly target: Limit
  /** A function is kept whole up to this. */
  readonly most: Limit
  /** Pieces of fewer characters join a neighbour even where that is not of the same definition. */
  readonly tiny: number
}

export const CHUNK_LIMITS: ChunkLimits = {
  target: { chars: 1500, lines: 60 },
  most: { chars: 2400, lines: 80 },
  tiny: 200,
}

export function fits(lines: TextLines, from: number, to: number, limit: Limit): boolean {
  return to - from < limit.lines && lines.size(from, to) <= limit.chars
}
