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
}

export type EmbedderCheck =
  | { readonly state: 'ready' }
  | { readonly state: 'off' | 'unreachable' | 'model_missing'; readonly reason: string }
