import type { Config } from '../../config.ts'
import { assertDimensions } from '../../embedding/dimension.ts'
import type { Embedder } from '../../embedding/embedder.ts'
import { endpointOf, ollamaVersion } from '../../embedding/endpoint.ts'
import { modelDetails } from '../../embedding/model-details.ts'
import { fullModelName } from '../../embedding/model-name.ts'
import { makeOllama } from '../../embedding/ollama.ts'
import { LONGEST_PATIENCE_MS } from '../../embedding/query-vectors.ts'
import { findModel } from '../../store/models.ts'
import { SECOND } from '../../units.ts'
import { findServer } from '../announced-server.ts'
import { type Check, type Finding, findingOf, ok, warning } from './check.ts'
import type { Installation } from './installation.ts'
import { healthOf } from './probe.ts'
import { isClientOnly } from './settings.ts'

/** The first version with `/api/embed`. */
const OLDEST_OLLAMA = [0, 3] as const
const BUILT_BY_HAND = '0.0.0'
const DETAILS_MS = 3 * SECOND
const EMBEDDING_MS = 8 * SECOND

const VARIABLES = ['OLLAMA_BASE_URL', 'EMBEDDING_MODEL']
const LATE = {
  state: 'warning',
  remedy: 'See the log of Ollama; if it is only slow, give it more processors or a smaller EMBEDDING_MODEL',
} as const

/** Checks Ollama and the model from this process, or asks the server if this is only a client. */
export function ollamaCheck({ setup: { config } }: Installation): Check {
  return {
    name: 'ollama',
    deadlineMs: 5 * SECOND,
    late: LATE,
    variables: VARIABLES,
    look: async (signal) => {
      if (!isClientOnly(config)) return [await ollamaFinding(config.embedding, signal)]
      const server = await findServer(config)
      return server === undefined ? [] : [await servedFinding(server.url)]
    },
  }
}

/** Embeds real texts, if Ollama has the model. */
export function embeddingCheck({ setup: { config }, service }: Installation): Check {
  return {
    name: 'embedding',
    deadlineMs: EMBEDDING_MS + 2 * SECOND,
    late: LATE,
    look: async (signal) => {
      if (isClientOnly(config) || !(await makeOllama(config.embedding).isExpected(signal))) return []
      const embedder = makeOllama(config.embedding, { documentTimeoutMs: EMBEDDING_MS, documentTries: 1 })
      const known = async () => {
        const opened = await service
        return opened && (await findModel(opened.database, embedder.model))?.dimensions
      }
      return [await embeddingFinding(embedder, known, signal)]
    },
  }
}

/** Checks whether Ollama answers and has the model. If not, the package's model answers, so nothing fails. */
export async function ollamaFinding(settings: Config['embedding'], signal: AbortSignal): Promise<Finding> {
  if (settings.url === undefined)
    return ok('ollama', 'switched off (OLLAMA_BASE_URL is off): search by meaning uses the model in the package')
  const endpoint = endpointOf(settings.url)
  const model = fullModelName(settings.model)
  try {
    const version = await ollamaVersion(endpoint, AbortSignal.any([signal, AbortSignal.timeout(DETAILS_MS)]))
    const detail = `Ollama ${version} at ${endpoint.url}`
    if (isOld(version)) return warning('ollama', `${detail} is too old to embed`, 'Install Ollama 0.3 or newer')
    const { context } = await modelDetails(endpoint, model, {
      timeoutMs: DETAILS_MS,
      tries: 1,
      retryDelayMs: 0,
      signal,
    })
    return ok('ollama', `${detail} has ${model}, which reads ${context} tokens`)
  } catch (error) {
    if (settings.isAssumed && !(await makeOllama(settings).isExpected(signal)))
      return ok(
        'ollama',
        `none runs at ${endpoint.url}, and none is needed: the model in the package searches by meaning`,
      )
    return findingOf('ollama', error, 'warning')
  }
}

function isOld(version: string): boolean {
  if (version === BUILT_BY_HAND) return false
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return major < OLDEST_OLLAMA[0] || (major === OLDEST_OLLAMA[0] && minor < OLDEST_OLLAMA[1])
}

/** `known` returns the dimensions of the model's vectors in the index, if there are any. */
export async function embeddingFinding(
  embedder: Pick<Embedder, 'model' | 'embedDocuments'>,
  known: () => Promise<number | undefined>,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    const first = await timed(() => embedder.embedDocuments(['where is the configuration read'], signal))
    // The first request may have loaded the model.
    const second = await timed(() => embedder.embedDocuments(['how are retries limited'], signal))
    const [vector] = second.result
    if (vector === undefined) throw new Error('no vector came')
    assertDimensions(embedder.model, (await known()) ?? vector.length, vector)
    return paceFinding(vector.length, first.ms, second.ms)
  } catch (error) {
    return findingOf('embedding', error, isDimension(error) ? 'failing' : 'warning')
  }
}

function isDimension(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'embedding_model_dimension'
}

async function timed<Result>(work: () => Promise<Result>) {
  const started = performance.now()
  const result = await work()
  return { result, ms: performance.now() - started }
}

/** Checks whether a search would wait for a vector that takes this long. */
export function paceFinding(dimensions: number, firstMs: number, ms: number): Finding {
  const detail = `${dimensions} dimensions in ${Math.round(ms)} ms (the first in ${Math.round(firstMs)} ms)`
  if (ms <= LONGEST_PATIENCE_MS) return ok('embedding', detail)
  return warning(
    'embedding',
    `${detail}: a search waits ${LONGEST_PATIENCE_MS} ms at most and then answers without it`,
    'Give Ollama more processors or a GPU, or set EMBEDDING_MODEL to a smaller model; while it embeds an index, run doctor again later',
  )
}

async function servedFinding(url: string): Promise<Finding> {
  const embedder = (await healthOf(url))?.embedder
  if (embedder === undefined) {
    return warning('ollama', `not checked: the server at ${url} has its own, and does not report it`, 'See server')
  }
  const { state, reason = state } = embedder
  if (state === 'ready' || state === 'off') return ok('ollama', `${state}, according to the server at ${url}`)
  return warning('ollama', `the server at ${url} says: ${reason}`, 'Run doctor where that server runs')
}
