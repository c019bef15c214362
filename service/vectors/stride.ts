const LANES = 16

/** Returns the bytes of a row of 8-bit numbers: whole 128-bit registers. */
export function strideOf(dimensions: number): number {
  return Math.ceil(dimensions / LANES) * LANES
}

const SCALE_BYTES = 4

/** Returns the memory of vectors, in bytes: a row and a scale each. */
export function bytesOfVectors(count: number, dimensions: number): number {
  return count * (strideOf(dimensions) + SCALE_BYTES)
}
