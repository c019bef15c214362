/** Turns texts into vectors of unit length. */
export interface Embedder {
  readonly model: string
  /**
   * One vector a text, in order; a text longer than the model's context is embedded in pieces whose mean it gets.
   * @throws Fault `embedder_unavailable`, `embedding_model_missing` or `embedder_reply_invalid`
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>
  /** Whether the model can be used now, without embedding anything. */
  check(signal?: AbortSignal): Promise<EmbedderCheck>
}

export type EmbedderCheck =
  | { readonly state: 'ready' }
  | { readonly state: 'off' | 'unreachable' | 'model_missing'; readonly reason: string }
