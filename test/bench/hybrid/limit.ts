import { loadDotProducts } from '../../../service/vectors/dot-products.ts'
import { seededRandom } from '../random.ts'
import { medianOf } from './times.ts'

/** The time to multiply a question's vector with all 8-bit vectors, without anything else: a lower bound. */
export interface Limit {
  readonly megabytes: number
  readonly plainMs: number
  /** With the service's own routine. */
  readonly routineMs: number
}

const DIMENSIONS = 384
const ROUNDS = 9
const PAGE = 65_536

export function dotProductLimit(vectors: number): Limit {
  const bytes = vectors * DIMENSIONS
  const random = seededRandom(3)
  const rows = Int8Array.from({ length: bytes }, () => random() * 255 - 127)
  return { megabytes: bytes / 1e6, plainMs: timePlain(rows, vectors), routineMs: timeRoutine(rows, vectors) }
}

function timePlain(rows: Int8Array, vectors: number): number {
  const query = rows.slice(0, DIMENSIONS)
  const out = new Int32Array(vectors)
  return timed(() => {
    for (let vector = 0, at = 0; vector < vectors; vector++) {
      let sum = 0
      for (let dimension = 0; dimension < DIMENSIONS; dimension++, at++) {
        sum += (rows[at] as number) * (query[dimension] as number)
      }
      out[vector] = sum
    }
  })
}

function timeRoutine(rows: Int8Array, vectors: number): number {
  const routine = loadDotProducts()
  const places = { query: 0, out: 2 * DIMENSIONS, scales: 2 * DIMENSIONS + 4 * vectors }
  const start = Math.ceil((places.scales + 4 * vectors) / 16) * 16
  routine.memory.grow(Math.ceil((start + rows.length) / PAGE))
  const { buffer } = routine.memory
  new Int16Array(buffer, places.query, DIMENSIONS).set(rows.subarray(0, DIMENSIONS))
  new Float32Array(buffer, places.scales, vectors).fill(1)
  new Int8Array(buffer, start, rows.length).set(rows)
  return timed(() => routine.dotProducts(start, places.scales, vectors, DIMENSIONS, places.query, places.out))
}

function timed(work: () => void): number {
  work()
  const times = Array.from({ length: ROUNDS }, () => {
    const began = performance.now()
    work()
    return performance.now() - began
  })
  return medianOf(times)
}
