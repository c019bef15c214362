import { Fault } from '../errors.ts'
import type { Embedder } from './embedder.ts'

const REASON = 'Embeddings are switched off (OLLAMA_BASE_URL is off)'

/** Stands in where embeddings are switched off. */
export function makeOff(model: string): Embedder {
  const refuse = async () => {
    throw new Fault('embedder_unavailable', REASON, 'Set OLLAMA_BASE_URL to the address of an Ollama')
  }
  return {
    model,
    embedDocuments: refuse,
    embedQuery: refuse,
    check: async () => ({ state: 'off', reason: REASON }),
    isBreakerOpen: () => false,
    onRequest: () => {},
  }
}
