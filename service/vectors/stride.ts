const LANES = 16

/** The bytes of a row of so many 8-bit numbers: whole registers of 128 bits. */
export function strideOf(dimensions: number): number {
  return Math.ceil(dimensions / LANES) * LANES
}
