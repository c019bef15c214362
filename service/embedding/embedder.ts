/** Turns texts into vectors of unit length. */
export interface Embedder {
  /** Full name of the model, under which its vectors are stored. */
  readonly model: string
  /**
   * Returns a vector for each text, in order. A text longer than the model's context is embedded in pieces, and gets
   * their mean. Retries transient failures for a while.
   * @throws Fault `embedder_unavailable`, `embedding_model_missing` or `embedder_reply_invalid`
   */
  embedDocuments(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>
  /**
   * Returns the vector of a question, from a cache if it was asked before. Fails fast: at once if the embedder is known
   * to be down, and after a fraction of a second if it is slow.
   * @throws Fault as `embedDocuments`
   */
  embedQuery(text: string, signal?: AbortSignal): Promise<Float32Array>
  /** Checks whether the model can be used, without embedding anything. */
  check(signal?: AbortSignal): Promise<EmbedderCheck>
  /** Whether the index should have its vectors. It need not if it is turned off, or if nobody asked for it and it is away. */
  isExpected(signal?: AbortSignal): Promise<boolean>
  /** Whether questions currently get no vector because the embedder was found to be down. */
  isBreakerOpen(): boolean
  /** Calls the listener when a request to the embedder ends. */
  onRequest(listener: (request: EmbeddingRequest) => void): void
}

/** A completed embedding request with all its retries. */
export interface EmbeddingRequest {
  readonly purpose: 'document' | 'query'
  /** Number of texts that got a vector. */
  readonly texts: number
  readonly seconds: number
  /** Code of the fault if the request failed. */
  readonly fault?: string
}

export type EmbedderCheck =
  | { readonly state: 'ready' }
  | { readonly state: 'off' | 'unreachable' | 'model_missing'; readonly reason: string }
