import { Fault } from '../errors.ts'
import { SECOND } from '../units.ts'
import type { EmbeddingRequest } from './embedder.ts'
import type { Send } from './send.ts'

export interface ObservedRequests {
  readonly listen: (listener: (request: EmbeddingRequest) => void) => void
  /** Wraps `send` so that listeners hear of its requests, except of cancelled ones. */
  readonly observed: (purpose: EmbeddingRequest['purpose'], send: Send) => Send
}

/** Notifies listeners of completed requests. `now` returns milliseconds. */
export function observedRequests(now: () => number): ObservedRequests {
  const listeners: ((request: EmbeddingRequest) => void)[] = []
  const observed: ObservedRequests['observed'] = (purpose, send) => async (texts) => {
    const startedAt = now()
    const tell = (end: Pick<EmbeddingRequest, 'texts' | 'fault'>) => {
      for (const listener of listeners) listener({ purpose, seconds: (now() - startedAt) / SECOND, ...end })
    }
    try {
      const vectors = await send(texts)
      tell({ texts: vectors === 'too_long' ? 0 : vectors.length })
      return vectors
    } catch (error) {
      if (error instanceof Fault) tell({ texts: 0, fault: error.code })
      throw error
    }
  }
  return { listen: (listener) => listeners.push(listener), observed }
}
