/** Turns texts into vectors of unit length. */
export interface Embedder {
  /** The model's full name, under which its vectors are kept. */
  readonly model: string
  /**
   * One vector a text, in order; a text longer than the model's context is embedded in pieces whose mean it gets.
   * Retries for a while what may pass by itself.
   * @throws Fault `embedder_unavailable`, `embedding_model_missing` or `embedder_reply_invalid`
   */
  embedDocuments(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>
  /**
   * The vector of a question, remembered for when it is asked again. Fails fast: at once where the embedder is known to
   * be down, and after a fraction of a second where it is slow.
   * @throws Fault as `embedDocuments`
   */
  embedQuery(text: string, signal?: AbortSignal): Promise<Float32Array>
  /** Whether the model can be used now, without embedding anything. */
  check(signal?: AbortSignal): Promise<EmbedderCheck>
  /** Whether questions go without a vector at present, because the embedder was found to be down. */
  isBreakerOpen(): boolean
  /** Hears of every request to the embedder as it ends. */
  onRequest(listener: (request: EmbeddingRequest) => void): void
}

/** A request for vectors that ended, with all its retries. */
export interface EmbeddingRequest {
  readonly purpose: 'document' | 'query'
  /** How many texts have a vector now. */
  readonly texts: number
  readonly seconds: number
  /** The code of the fault that it ended with. */
  readonly fault?: string
}

export type EmbedderCheck =
  | { readonly state: 'ready' }
  | { readonly state: 'off' | 'unreachable' | 'model_missing'; readonly reason: string }
