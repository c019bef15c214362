import { MIB } from '../../units.ts'

const PART_BYTES = 16 * MIB
/** That is how many an object may have. */
const MOST_PARTS = 10_000

export interface Part {
  /** From 1. */
  readonly number: number
  readonly start: number
  readonly length: number
}

/** How a file is cut for its upload: equal parts that fit into memory, as large as they have to be. */
export function partsOf(size: number): Part[] {
  const bytes = Math.max(PART_BYTES, Math.ceil(size / MOST_PARTS / MIB) * MIB)
  return Array.from({ length: Math.max(1, Math.ceil(size / bytes)) }, (_, at) => ({
    number: at + 1,
    start: at * bytes,
    length: Math.min(bytes, size - at * bytes),
  }))
}
