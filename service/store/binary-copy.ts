/// <reference lib="esnext.float16" />

/** Values by column type. For `halfvec`, numbers are rounded to half precision. */
interface Values {
  readonly int4: number
  readonly text: string
  readonly bytea: Uint8Array
  readonly halfvec: Float32Array
}

export type CopyColumn = keyof Values

/** A row with these columns. */
export type CopyRow<Columns extends readonly CopyColumn[]> = {
  readonly [Index in keyof Columns]: Values[Columns[Index]] | null
}

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')
/** Signature, flags and length of the extension, both 0. */
const HEADER_BYTES = SIGNATURE.length + 4 + 4
const NULL = -1
const END = -1

/** Writes a value, and computes its length. */
interface Encoding<Value> {
  readonly bytes: (value: Value) => number
  readonly write: (value: Value, to: Buffer, at: number) => void
}

const ENCODINGS: { readonly [Column in CopyColumn]: Encoding<Values[Column]> } = {
  int4: { bytes: () => 4, write: (value, to, at) => to.writeInt32BE(value, at) },
  text: { bytes: (value) => Buffer.byteLength(value), write: (value, to, at) => to.write(value, at) },
  bytea: { bytes: (value) => value.length, write: (value, to, at) => to.set(value, at) },
  halfvec: { bytes: (value) => 4 + 2 * value.length, write: writeHalfvec },
}

/**
 * Encodes rows in Postgres' binary format, for `Sql.copyIn` into columns of exactly these types.
 * @see https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS-BINARY
 */
export function binaryCopy<const Columns extends readonly CopyColumn[]>(
  columns: Columns,
  rows: readonly CopyRow<Columns>[],
): Buffer {
  const encodings = columns.map((column) => ENCODINGS[column] as Encoding<unknown>)
  const data = Buffer.allocUnsafeSlow(HEADER_BYTES + bytesOf(rows, encodings) + 2)
  SIGNATURE.copy(data)
  data.fill(0, SIGNATURE.length, HEADER_BYTES)
  let at = HEADER_BYTES
  for (const row of rows) at = writeRow(row, encodings, data, at)
  data.writeInt16BE(END, at)
  return data
}

type Row = readonly unknown[]

function bytesOf(rows: readonly Row[], encodings: readonly Encoding<unknown>[]): number {
  let bytes = rows.length * (2 + 4 * encodings.length)
  for (const row of rows) {
    for (const [index, encoding] of encodings.entries()) {
      if (row[index] !== null) bytes += encoding.bytes(row[index])
    }
  }
  return bytes
}

function writeRow(row: Row, encodings: readonly Encoding<unknown>[], to: Buffer, start: number): number {
  let at = to.writeInt16BE(encodings.length, start)
  for (const [index, encoding] of encodings.entries()) {
    const value = row[index]
    const bytes = value === null ? NULL : encoding.bytes(value)
    at = to.writeInt32BE(bytes, at)
    if (bytes === NULL) continue
    encoding.write(value, to, at)
    at += bytes
  }
  return at
}

// pgvector's format: dimensions, 16 unused bits, and 16-bit numbers, all big-endian.
function writeHalfvec(vector: Float32Array, to: Buffer, at: number): void {
  to.writeInt16BE(vector.length, at)
  to.writeInt16BE(0, at + 2)
  const bits = new Int32Array(vector.buffer, vector.byteOffset, vector.length)
  let next = at + 4
  for (let each = 0; each < bits.length; each++) {
    const half = halfOf(bits[each] as number)
    to[next++] = half >>> 8
    to[next++] = half
  }
}

/** Returns the bits of the nearest 16-bit number, rounding ties to even. Node 22 has no Float16Array. */
function halfOf(single: number): number {
  const sign = (single >>> 16) & 0x8000
  const exponent = ((single >>> 23) & 0xff) - 112
  const fraction = single & 0x7fffff
  if (exponent === 143) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200)
  if (exponent >= 31) return sign | 0x7c00
  if (exponent < -10) return sign
  // A subnormal number loses the digits below the smallest one.
  const digits = exponent > 0 ? (exponent << 23) | fraction : fraction | 0x800000
  const dropped = exponent > 0 ? 13 : 14 - exponent
  const half = digits >>> dropped
  const rest = digits & ((1 << dropped) - 1)
  const middle = 1 << (dropped - 1)
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0))
}
