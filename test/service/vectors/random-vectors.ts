import { seededRandom } from '../../bench/random.ts'

export type Shape = 'even' | 'peaked'

/**
 * Returns a generator of unit vectors. `peaked` ones resemble those of many models: a few dimensions hold most of the
 * variance, and all vectors lie around a non-zero mean.
 */
export function makeVectors(shape: Shape, dimensions: number, seed = 1): () => Float32Array {
  const random = seededRandom(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const scales = Array.from({ length: dimensions }, (_, at) => (shape === 'peaked' ? 1 / Math.sqrt(1 + at / 8) : 1))
  const mean = scales.map((scale) => (shape === 'peaked' ? scale * normal() : 0))
  return () => unit(Float32Array.from(scales, (scale, at) => scale * normal() + (mean[at] as number)))
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector)
  return vector.map((value) => value / norm)
}

export function dot(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, at) => sum + value * (other[at] as number), 0)
}
