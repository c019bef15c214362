/** Several `bytea` values in one parameter, from which SQL cuts `substring(bytes from start for length)`. */
export interface Packed {
  readonly bytes: Buffer
  /** Counted from 1, as in SQL. */
  readonly starts: number[]
  readonly lengths: number[]
}

// Packs values. Both engines take one large binary value four times as fast as an array of hex strings or a statement
// per row.
export function pack(values: readonly Uint8Array[]): Packed {
  const lengths = values.map((value) => value.length)
  let next = 1
  const starts = lengths.map((length) => {
    const start = next
    next += length
    return start
  })
  return { bytes: Buffer.concat(values), starts, lengths }
}

/** Yields slices of at least one item whose total weight is at most `limit`. A heavier item gets its own slice. */
export function* slices<Item>(
  items: readonly Item[],
  limit: number,
  weigh: (item: Item) => number = () => 1,
): Generator<Item[]> {
  let slice: Item[] = []
  let weight = 0
  for (const item of items) {
    if (slice.length > 0 && weight + weigh(item) > limit) {
      yield slice
      slice = []
      weight = 0
    }
    slice.push(item)
    weight += weigh(item)
  }
  if (slice.length > 0) yield slice
}
