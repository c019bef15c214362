import { type DotProducts, loadDotProducts } from './dot-products.ts'
import type { UnpackedVectors } from './packed-vectors.ts'
import { strideOf } from './stride.ts'

/** Offset of a segment's scales, and of its rows after them. Both have one entry per document. */
interface Range {
  start: number
  readonly bytes: number
  readonly documents: number
  /** Number of documents with a vector. */
  known: number
}

const PAGE_BYTES = 65_536
const ALIGNMENT = 16
const PRODUCTS_AT_A_TIME = 4096
/** Gaps up to this share of the memory are left for the next segment. */
const HOLES = 1 / 8
/** Maximum of a query's numbers: with rows of 127, even 16,000 dimensions stay within 31 bits. */
const QUERY_RANGE = 1023

/**
 * The vectors of segments under one model, contiguous in memory, to be compared with a question's vector. A document
 * without a vector has a row of zeros and no likeness.
 */
export class VectorSpace {
  readonly dimensions: number
  readonly #stride: number
  readonly #routine: DotProducts
  readonly #ranges = new Map<number, Range>()
  /** The vector whose numbers the query's are, and what products with them are to be multiplied with. */
  #query: { readonly vector: Float32Array; readonly scale: number } | undefined
  /** The memory starts with the query's numbers, followed by the products and the ranges. */
  readonly #out: number
  readonly #first: number
  #end: number

  constructor(dimensions: number, code?: WebAssembly.Module) {
    this.#routine = loadDotProducts(code)
    this.dimensions = dimensions
    this.#stride = strideOf(dimensions)
    this.#out = 2 * this.#stride
    this.#first = this.#out + 4 * PRODUCTS_AT_A_TIME
    this.#end = this.#first
    this.#reserve(this.#end)
  }

  /** Size of the memory, in bytes. */
  get bytes(): number {
    return this.#end
  }

  has(segmentId: number): boolean {
    return this.#ranges.has(segmentId)
  }

  /** Number of the segment's documents with a vector. */
  known(segmentId: number): number {
    return this.#ranges.get(segmentId)?.known ?? 0
  }

  get segments(): Iterable<number> {
    return this.#ranges.keys()
  }

  /** Allocates memory for a segment's documents, unless it has some. */
  add(segmentId: number, documents: number): void {
    if (this.#ranges.has(segmentId)) return
    const bytes = aligned(4 * documents) + documents * this.#stride
    const start = this.#gapFor(bytes) ?? this.#grown(bytes)
    new Uint8Array(this.#routine.memory.buffer, start, bytes).fill(0)
    this.#ranges.set(segmentId, { start, bytes, documents, known: 0 })
  }

  /** Stores vectors of a segment that was added. */
  fill(segmentId: number, { documents, scales, rows }: UnpackedVectors): void {
    const range = this.#ranges.get(segmentId)
    if (range === undefined) return
    const { buffer } = this.#routine.memory
    const heldScales = new Float32Array(buffer, range.start, range.documents)
    const held = new Int8Array(buffer, range.start + aligned(4 * range.documents), range.documents * this.#stride)
    documents.forEach((document, at) => {
      if (document < 0 || document >= range.documents) return
      if (heldScales[document] === 0 && scales[at] !== 0) range.known++
      heldScales[document] = scales[at] as number
      held.set(rows.subarray(at * this.#stride, (at + 1) * this.#stride), document * this.#stride)
    })
  }

  /** Leaves a gap for the next segment, or for `compact`. */
  remove(segmentId: number): void {
    this.#ranges.delete(segmentId)
  }

  /** Closes the gaps if they are large, in steps that move a segment each. Nothing may be added before the last one. */
  *compact(): Generator<void> {
    if (this.#holes() <= HOLES * this.#end) return
    let at = this.#first
    for (const range of this.#byPlace()) {
      this.#move(range, at)
      at += range.bytes
      yield
    }
    this.#end = at
  }

  /** Cosines of the segment's documents with a vector of length 1, by document, zero without a vector; in `cosines`. */
  cosines(segmentId: number, vector: Float32Array, cosines = this.#room(segmentId)): Float32Array {
    const range = this.#ranges.get(segmentId)
    if (range === undefined) return cosines
    const { memory, dotProducts } = this.#routine
    const scale = this.#scaleOf(vector)
    const { start, documents } = range
    const rows = start + aligned(4 * documents)
    for (let from = 0; from < documents; from += PRODUCTS_AT_A_TIME) {
      const count = Math.min(PRODUCTS_AT_A_TIME, documents - from)
      dotProducts(rows + from * this.#stride, start + 4 * from, count, this.#stride, 0, this.#out)
      const products = new Float32Array(memory.buffer, this.#out, count)
      for (let at = 0; at < count; at++) cosines[from + at] = (products[at] as number) * scale
    }
    return cosines
  }

  #room(segmentId: number): Float32Array {
    return new Float32Array(this.#ranges.get(segmentId)?.documents ?? 0)
  }

  /** Has the vector written as the query, once for all segments. */
  #scaleOf(vector: Float32Array): number {
    if (this.#query?.vector === vector) return this.#query.scale
    const biggest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const factor = biggest > 0 ? QUERY_RANGE / biggest : 0
    const numbers = new Int16Array(this.#routine.memory.buffer, 0, this.#stride).fill(0)
    vector.forEach((value, at) => {
      numbers[at] = Math.round(value * factor)
    })
    const scale = factor > 0 ? 1 / factor : 0
    this.#query = { vector, scale }
    return scale
  }

  #byPlace(): Range[] {
    return [...this.#ranges.values()].sort((one, other) => one.start - other.start)
  }

  #gapFor(bytes: number): number | undefined {
    let at = this.#first
    for (const { start, bytes: taken } of this.#byPlace()) {
      if (start - at >= bytes) return at
      at = start + taken
    }
    return undefined
  }

  #grown(bytes: number): number {
    const last = this.#byPlace().at(-1)
    const start = last === undefined ? this.#first : last.start + last.bytes
    this.#reserve(start + bytes)
    this.#end = start + bytes
    return start
  }

  #reserve(end: number): void {
    const { memory } = this.#routine
    const missing = end - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
  }

  #holes(): number {
    let held = 0
    for (const { bytes } of this.#ranges.values()) held += bytes
    return this.#end - this.#first - held
  }

  #move(range: Range, start: number): void {
    if (range.start === start) return
    new Uint8Array(this.#routine.memory.buffer).copyWithin(start, range.start, range.start + range.bytes)
    range.start = start
  }
}

const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
