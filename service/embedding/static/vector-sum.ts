import type { Table } from './table-file.ts'

/** Adds `weight` times the vector of `row` to `sum`. Four at a time: half the time of one at a time. */
export function addRow(sum: Float64Array, table: Table, row: number, weight: number): void {
  const { rows, dimensions } = table
  const factor = weight * (table.scales[row] as number)
  const start = row * dimensions
  let at = 0
  for (; at + 4 <= dimensions; at += 4) {
    sum[at] = (sum[at] as number) + factor * (rows[start + at] as number)
    sum[at + 1] = (sum[at + 1] as number) + factor * (rows[start + at + 1] as number)
    sum[at + 2] = (sum[at + 2] as number) + factor * (rows[start + at + 2] as number)
    sum[at + 3] = (sum[at + 3] as number) + factor * (rows[start + at + 3] as number)
  }
  for (; at < dimensions; at++) sum[at] = (sum[at] as number) + factor * (rows[start + at] as number)
}

/** `sum` brought to length 1, or undefined where it has none. */
export function unit(sum: Float64Array): Float32Array | undefined {
  let square = 0
  for (let at = 0; at < sum.length; at++) square += (sum[at] as number) ** 2
  if (square === 0) return undefined
  const factor = 1 / Math.sqrt(square)
  const vector = new Float32Array(sum.length)
  for (let at = 0; at < sum.length; at++) vector[at] = (sum[at] as number) * factor
  return vector
}
