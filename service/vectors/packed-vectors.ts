import { strideOf } from './stride.ts'

/** Vectors of a segment's documents as stored: 8 bits a number, and a scale for each vector. */
export interface PackedVectors {
  /** Number of vectors. */
  readonly count: number
  readonly bytes: Uint8Array
}

/** Views into packed vectors, by the same index. */
export interface UnpackedVectors {
  /** Numbers of the documents in their segment. */
  readonly documents: Int32Array
  /** A vector is its row times its scale. */
  readonly scales: Float32Array
  /** Consecutive rows of `stride` bytes, with zeros after the dimensions. */
  readonly rows: Int8Array
}

const HEAD_BYTES = 8
const BIGGEST = 127

/**
 * Packs vectors of one dimension: count and dimensions as 32-bit numbers, then the documents, the scales and the rows,
 * all little-endian. Each vector is scaled so that its largest number takes the whole range. A number is then off by at
 * most a 254th of that number.
 */
export function packVectors(documents: readonly number[], vectors: readonly Float32Array[]): PackedVectors {
  const count = vectors.length
  const { bytes, stride, ...views } = laidOut(count, vectors[0]?.length ?? 0)
  vectors.forEach((vector, at) => {
    views.documents[at] = documents[at] as number
    views.scales[at] = quantise(vector, views.rows.subarray(at * stride, (at + 1) * stride))
  })
  return { count, bytes }
}

/** Joins packed vectors. */
export function joinPacked(parts: readonly Uint8Array[], dimensions: number): PackedVectors {
  const unpacked = parts.map((part) => unpackVectors(part, dimensions))
  const count = unpacked.reduce((sum, { documents }) => sum + documents.length, 0)
  const { bytes, stride, ...joined } = laidOut(count, dimensions)
  let at = 0
  for (const { documents, scales, rows } of unpacked) {
    joined.documents.set(documents, at)
    joined.scales.set(scales, at)
    joined.rows.set(rows, at * stride)
    at += documents.length
  }
  return { count, bytes }
}

/** @throws if the bytes are not packed vectors of these dimensions */
export function unpackVectors(packed: Uint8Array, dimensions: number): UnpackedVectors {
  // Views of numbers must be aligned, which bytes from a database need not be.
  const bytes = packed.byteOffset % 4 === 0 ? packed : packed.slice()
  const stride = strideOf(dimensions)
  const [count = 0, written] = new Int32Array(bytes.buffer, bytes.byteOffset, 2)
  if (written !== dimensions || bytes.length !== HEAD_BYTES + count * (8 + stride)) {
    throw new Error(`${bytes.length} bytes are not ${count} packed vectors of ${dimensions} dimensions`)
  }
  return viewsOf(bytes, count, stride)
}

/** Allocates a buffer for vectors, and writes its header. */
function laidOut(count: number, dimensions: number) {
  const stride = strideOf(dimensions)
  const bytes = new Uint8Array(HEAD_BYTES + count * (8 + stride))
  const { head, ...views } = viewsOf(bytes, count, stride)
  head.set([count, dimensions])
  return { bytes, stride, ...views }
}

function viewsOf(bytes: Uint8Array, count: number, stride: number) {
  const { buffer, byteOffset: start } = bytes
  return {
    head: new Int32Array(buffer, start, 2),
    documents: new Int32Array(buffer, start + HEAD_BYTES, count),
    scales: new Float32Array(buffer, start + HEAD_BYTES + 4 * count, count),
    rows: new Int8Array(buffer, start + HEAD_BYTES + 8 * count, count * stride),
  }
}

/** Writes the vector's numbers as integers from -127 to 127, and returns the scale. */
function quantise(vector: Float32Array, row: Int8Array): number {
  let biggest = 0
  for (let at = 0; at < vector.length; at++) biggest = Math.max(biggest, Math.abs(vector[at] as number))
  if (biggest === 0) return 0
  const factor = BIGGEST / biggest
  for (let at = 0; at < vector.length; at++) row[at] = Math.round((vector[at] as number) * factor)
  return biggest / BIGGEST
}
