import { replyInvalid } from './faults.ts'

/**
 * Returns the vectors of a reply of `/api/embed`, each of unit length.
 * @throws Fault `embedder_reply_invalid` unless there are `count` finite, non-zero vectors of one dimension
 */
export function vectorsOf(json: unknown, count: number, url: string): Float32Array[] {
  const embeddings = listsIn(json)
  if (embeddings === undefined) throw replyInvalid(url, 'its embeddings are not lists of numbers')
  if (embeddings.length !== count) throw replyInvalid(url, `${embeddings.length} vectors for ${count} texts`)
  const vectors = embeddings.map((values) => unitVector(values, url))
  assertOneDimension(vectors, url)
  return vectors
}

/** @throws Fault `embedder_reply_invalid` */
export function assertOneDimension(vectors: readonly Float32Array[], url: string): void {
  const dimensions = vectors[0]?.length
  const other = vectors.find((vector) => vector.length !== dimensions)
  if (other !== undefined) throw replyInvalid(url, `vectors of ${dimensions} and of ${other.length} dimensions`)
}

/** Returns the mean of vectors of one dimension, normalized to unit length. */
export function meanOf(vectors: readonly Float32Array[], url: string): Float32Array {
  const [first] = vectors
  if (first !== undefined && vectors.length === 1) return first
  const sum = new Float64Array(first?.length ?? 0)
  for (const vector of vectors) {
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + (vector[at] as number)
  }
  return unitVector(sum, url)
}

function unitVector(values: ArrayLike<number>, url: string): Float32Array {
  let squares = 0
  for (let at = 0; at < values.length; at++) squares += (values[at] as number) ** 2
  const norm = Math.sqrt(squares)
  if (!(norm > 0 && Number.isFinite(norm))) throw replyInvalid(url, `a vector of length ${norm}`)
  const vector = new Float32Array(values.length)
  for (let at = 0; at < values.length; at++) vector[at] = (values[at] as number) / norm
  return vector
}

/** Checks only types: a reply has a hundred thousand numbers. */
function listsIn(json: unknown): readonly (readonly number[])[] | undefined {
  const lists = (json as { readonly embeddings?: unknown } | null | undefined)?.embeddings
  return Array.isArray(lists) && lists.every(isListOfNumbers) ? lists : undefined
}

function isListOfNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number')
}
