const LANES = 16

/** The bytes of a row of so many 8-bit numbers: whole registers of 128 bits. */
export function strideOf(dimensions: number): number {
  return Math.ceil(dimensions / LANES) * LANES
}

const SCALE_BYTES = 4

/** What so many vectors take of memory, in bytes: a row and a scale each. */
export function bytesOfVectors(count: number, dimensions: number): number {
  return count * (strideOf(dimensions) + SCALE_BYTES)
}
