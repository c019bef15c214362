import { Fault } from '../errors.ts'
import { MINUTE, SECOND } from '../units.ts'
import { makeBreaker } from './breaker.ts'
import { makeDocumentVectors } from './document-vectors.ts'
import type { Embedder, EmbedderCheck } from './embedder.ts'
import { type Endpoint, endpointOf } from './endpoint.ts'
import { type ModelDetails, modelDetails } from './model-details.ts'
import { fullModelName } from './model-name.ts'
import { observedRequests } from './observed-requests.ts'
import { piecesOf } from './pieces.ts'
import { prefixesOf } from './prefixes.ts'
import { makeQueryVectors } from './query-vectors.ts'
import { meanOf } from './reply.ts'
import { makeSend, type Send, sendFitting } from './send.ts'

export interface OllamaSettings {
  /** Undefined if embeddings are turned off. */
  readonly url?: string
  /** Whether nobody asked for an Ollama at this URL, so that it counts as turned off while none runs there. */
  readonly isAssumed?: boolean
  readonly model: string
}

export interface OllamaLimits {
  /** How long a search waits for its question's vector before it continues without. Ollama is usually faster. */
  readonly queryPatienceMs: number
  readonly queryTimeoutMs: number
  readonly documentTimeoutMs: number
  readonly checkTimeoutMs: number
  readonly documentTries: number
  readonly retryDelayMs: number
  /** How long no request is sent to an Ollama that is down. */
  readonly breakerOpenMs: number
  /** Target time of a request for documents. It is short because questions wait behind it. */
  readonly batchTargetMs: number
  readonly batchMax: number
  readonly queriesRemembered: number
}

const LIMITS: OllamaLimits = {
  queryPatienceMs: 200,
  queryTimeoutMs: 10 * SECOND,
  documentTimeoutMs: 2 * MINUTE,
  checkTimeoutMs: 2 * SECOND,
  documentTries: 4,
  retryDelayMs: 250,
  breakerOpenMs: 5 * SECOND,
  batchTargetMs: 100,
  batchMax: 64,
  queriesRemembered: 1000,
}

// Share of the context's tokens to use: the estimate is off by up to a fifth.
const USED_CONTEXT = 0.8
const ASSUMED: ModelDetails = { context: 512 }

/**
 * Creates an embedder that uses Ollama's `/api/embed`. Without a URL, it creates an embedder that is turned off. Each
 * request for documents awaits `turn`.
 */
export function makeOllama(
  settings: OllamaSettings,
  limits: Partial<OllamaLimits> = {},
  turn: () => Promise<void> = async () => {},
): Embedder {
  const model = fullModelName(settings.model)
  if (settings.url === undefined) return makeOff(model)
  const embedder = makeEmbedder(endpointOf(settings.url), model, { ...LIMITS, ...limits }, turn)
  return settings.isAssumed === true ? offIfAbsent(embedder, settings.url) : embedder
}

/** Returns the embedder, which counts as turned off while it cannot be reached. */
function offIfAbsent(embedder: Embedder, url: string): Embedder {
  const check = async (signal?: AbortSignal): Promise<EmbedderCheck> => {
    const found = await embedder.check(signal)
    return found.state === 'unreachable' ? { state: 'off', reason: `No Ollama runs at ${url}` } : found
  }
  return { ...embedder, check, isExpected: async (signal) => (await check(signal)).state !== 'off' }
}

function makeEmbedder(endpoint: Endpoint, model: string, limits: OllamaLimits, turn: () => Promise<void>): Embedder {
  const { url } = endpoint
  const { retryDelayMs } = limits
  const prefixes = prefixesOf(model)
  const now = () => performance.now()
  const breaker = makeBreaker(limits.breakerOpenMs, now)
  const requests = observedRequests(now)
  const details = (signal?: AbortSignal) =>
    modelDetails(endpoint, model, { timeoutMs: limits.checkTimeoutMs, tries: 1, retryDelayMs, signal })

  const brief = { timeoutMs: limits.queryTimeoutMs, tries: 2, retryDelayMs: 1 }
  const ask = requests.observed('query', makeSend(endpoint, model, prefixes.query, brief))
  const queries = makeQueryVectors({
    url,
    now,
    patienceMs: limits.queryPatienceMs,
    remembered: limits.queriesRemembered,
    fetch: (text) => breaker.whenUp(() => embedWhole(ask, text, url)),
  })
  const patience = { timeoutMs: limits.documentTimeoutMs, tries: limits.documentTries, retryDelayMs }
  const embedDocuments = makeDocumentVectors({
    url,
    now,
    batchTargetMs: limits.batchTargetMs,
    batchMax: limits.batchMax,
    maxTokens: makeMaxTokens(details),
    turn,
    sender: (signal) => {
      const send = requests.observed('document', makeSend(endpoint, model, prefixes.document, { ...patience, signal }))
      return (texts) => breaker.watch(() => send(texts))
    },
  })
  return {
    model,
    embedDocuments,
    embedQuery: queries.get,
    check: (signal) => check(() => details(signal), url, signal),
    isExpected: async () => true,
    isBreakerOpen: () => breaker.isOpen(),
    onRequest: requests.listen,
  }
}

/** Asks once for the model's context, and assumes the usual one until Ollama answers. */
function makeMaxTokens(learn: (signal?: AbortSignal) => Promise<ModelDetails>) {
  let learnt: ModelDetails | undefined
  return async (signal?: AbortSignal): Promise<number> => {
    try {
      learnt ??= await learn(signal)
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'embedding_model_missing') throw error
    }
    return (learnt ?? ASSUMED).context * USED_CONTEXT
  }
}

async function embedWhole(send: Send, text: string, url: string): Promise<Float32Array> {
  return meanOf(await sendFitting(send, piecesOf(text, ASSUMED.context * USED_CONTEXT), url), url)
}

async function check(ask: () => Promise<unknown>, url: string, signal?: AbortSignal): Promise<EmbedderCheck> {
  try {
    await ask()
    return { state: 'ready' }
  } catch (error) {
    if (signal?.aborted) {
      return { state: 'unreachable', reason: `Ollama at ${url} does not answer. Check that it runs and can be reached` }
    }
    if (!(error instanceof Fault)) throw error
    const state = error.code === 'embedding_model_missing' ? 'model_missing' : 'unreachable'
    return { state, reason: `${error.message}. ${error.remedy}` }
  }
}

const REASON = 'Ollama is switched off (OLLAMA_BASE_URL is off)'

/** Used if embeddings are turned off. */
function makeOff(model: string): Embedder {
  const refuse = async () => {
    throw new Fault('embedder_unavailable', REASON, 'Set OLLAMA_BASE_URL to the address of an Ollama')
  }
  return {
    model,
    embedDocuments: refuse,
    embedQuery: refuse,
    check: async () => ({ state: 'off', reason: REASON }),
    isExpected: async () => false,
    isBreakerOpen: () => false,
    onRequest: () => {},
  }
}
