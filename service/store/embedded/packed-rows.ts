import { KIB } from '../../units.ts'
import { slices } from '../packed.ts'

/** Rows whose bytes are in a few buffers that can be transferred between threads without copying. */
export interface PackedRows {
  readonly rows: readonly object[]
  /** Names of the `bytea` columns. */
  readonly binary: readonly string[]
}

type Row = Record<string, unknown>

interface Result {
  readonly rows: readonly object[]
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}

/** Small, so that keeping one value does not keep everything that was read with it. */
const BUFFER_BYTES = 64 * KIB

export function packRows(result: Result | undefined, bytea: number): { packed: PackedRows; buffers: ArrayBuffer[] } {
  if (result === undefined) return { packed: { rows: [], binary: [] }, buffers: [] }
  const binary = result.fields.filter(({ dataTypeID }) => dataTypeID === bytea).map(({ name }) => name)
  const buffers: ArrayBuffer[] = []
  for (const cells of slices(cellsOf(result.rows, binary), BUFFER_BYTES, ({ bytes }) => bytes.length)) {
    const buffer = new ArrayBuffer(cells.reduce((sum, { bytes }) => sum + bytes.length, 0))
    let at = 0
    for (const { row, name, bytes } of cells) {
      const moved = new Uint8Array(buffer, at, bytes.length)
      moved.set(bytes)
      row[name] = moved
      at += bytes.length
    }
    buffers.push(buffer)
  }
  return { packed: { rows: result.rows, binary }, buffers }
}

function cellsOf(rows: readonly object[], binary: readonly string[]) {
  return binary.flatMap((name) =>
    (rows as readonly Row[]).flatMap((row) => {
      const bytes = row[name]
      return bytes instanceof Uint8Array ? [{ row, name, bytes }] : []
    }),
  )
}

/** Restores the rows with their Buffers. */
export function unpackRows({ rows, binary }: PackedRows): object[] {
  for (const name of binary) {
    for (const row of rows as readonly Row[]) {
      const bytes = row[name]
      if (bytes instanceof Uint8Array) row[name] = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    }
  }
  return rows as object[]
}
