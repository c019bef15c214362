import type { TextLines } from './text-lines.ts'

export interface Limit {
  readonly chars: number
  readonly lines: number
}

export interface ChunkLimits {
  /** Adjacent pieces are joined up to this size. */
  readonly target: Limit
  /** A function is kept whole up to this size. */
  readonly most: Limit
  /** Pieces with fewer characters are joined even to a part of another definition. */
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
