import { makeBatchSize } from './batch-size.ts'
import type { Embedder } from './embedder.ts'
import { piecesOf } from './pieces.ts'
import { assertOneDimension, meanOf } from './reply.ts'
import { type Send, sendFitting } from './send.ts'

export interface DocumentVectorsOptions {
  readonly url: string
  readonly sender: (signal?: AbortSignal) => Send
  readonly maxTokens: (signal?: AbortSignal) => Promise<number>
  /** Awaited before each request, so that questions can go first. */
  readonly turn: () => Promise<void>
  readonly batchTargetMs: number
  readonly batchMax: number
  readonly now: () => number
}

/** Embeds documents in sequential requests, each with as many pieces as take about the target time. */
export function makeDocumentVectors(options: DocumentVectorsOptions): Embedder['embedDocuments'] {
  const { url, now } = options
  const size = makeBatchSize(options.batchTargetMs, options.batchMax)

  const embedAll = async (pieces: readonly string[], send: Send): Promise<Float32Array[]> => {
    const vectors: Float32Array[] = []
    while (vectors.length < pieces.length) {
      await options.turn()
      const batch = pieces.slice(vectors.length, vectors.length + size.current())
      const startedAt = now()
      vectors.push(...(await sendFitting(send, batch, url)))
      size.observe(batch.length, now() - startedAt)
    }
    assertOneDimension(vectors, url)
    return vectors
  }

  return async (texts, signal) => {
    const maxTokens = await options.maxTokens(signal)
    const pieces = texts.map((text) => piecesOf(text, maxTokens))
    const vectors = await embedAll(pieces.flat(), options.sender(signal))
    return pieces.map(({ length }) => meanOf(vectors.splice(0, length), url))
  }
}
