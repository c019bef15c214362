import { z } from 'zod'
import { replyInvalid } from './faults.ts'

const EmbedReply = z.object({ embeddings: z.array(z.array(z.number())) })

/**
 * The vectors of an answer of `/api/embed`, each of unit length.
 * @throws Fault `embedder_reply_invalid` unless there are `count` vectors of one dimension, finite and not zero
 */
export function vectorsOf(json: unknown, count: number, url: string): Float32Array[] {
  const parsed = EmbedReply.safeParse(json)
  if (!parsed.success) throw replyInvalid(url, firstIssue(parsed.error))
  const { embeddings } = parsed.data
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

/** The mean of vectors of one dimension, of unit length again. */
export function meanOf(vectors: readonly Float32Array[], url: string): Float32Array {
  const [first] = vectors
  if (first !== undefined && vectors.length === 1) return first
  const sum = Array.from(first ?? [], () => 0)
  for (const vector of vectors) for (const [i, value] of vector.entries()) sum[i] = (sum[i] ?? 0) + value
  return unitVector(sum, url)
}

function unitVector(values: readonly number[], url: string): Float32Array {
  let squares = 0
  for (let at = 0; at < values.length; at++) squares += (values[at] as number) ** 2
  const norm = Math.sqrt(squares)
  if (!(norm > 0 && Number.isFinite(norm))) throw replyInvalid(url, `a vector of length ${norm}`)
  const vector = new Float32Array(values.length)
  for (let at = 0; at < values.length; at++) vector[at] = (values[at] as number) / norm
  return vector
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]
  return `${issue?.path.join('.') || 'it'} ${issue?.message ?? 'is wrong'}`
}
