import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { Fault } from '../errors.ts'
import { parseJson } from '../json.ts'
import { MINUTE, SECOND } from '../units.ts'
import { type Endpoint, endpointOf, errorIn, reasonOf, request } from './endpoint.ts'
import { pullFailed, replyInvalid, unavailable } from './faults.ts'
import { findModelDetails } from './model-details.ts'
import { fullModelName } from './model-name.ts'

export interface PullSettings {
  readonly url: string
  readonly model: string
  /** Allows a registry without TLS. A name that starts with `http://` allows it too. */
  readonly insecureRegistry: boolean
}

export interface PullProgress {
  readonly status: string
  /** Bytes of the current layer. */
  readonly completed?: number | undefined
  readonly total?: number | undefined
}

export interface PullOptions {
  /** Called at most once a second, and for each attempt to reach Ollama. */
  readonly onProgress: (progress: PullProgress) => void
  readonly signal?: AbortSignal
  readonly sleep?: (ms: number) => Promise<unknown>
  readonly now?: () => number
  readonly silenceMs?: number
}

const TRIES = 30
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2.5 * SECOND
const SILENCE_MS = 2 * MINUTE

const PullLine = z.object({
  status: z.string().optional(),
  completed: z.number().optional(),
  total: z.number().optional(),
  error: z.string().optional(),
})
type PullLine = z.infer<typeof PullLine>

/**
 * Pulls the model unless Ollama has it.
 * @throws Fault `embedder_unavailable` after 30 attempts in about a minute, `embedding_model_missing` if the registry
 * refuses it, `embedder_reply_invalid`
 */
export async function ensureModel(settings: PullSettings, options: PullOptions): Promise<'present' | 'pulled'> {
  const endpoint = endpointOf(settings.url)
  const model = fullModelName(settings.model)
  if (await isPresentAtLast(endpoint, model, options)) return 'present'
  await pull(endpoint, settings, options)
  if (await isPresent(endpoint, model, options.signal)) return 'pulled'
  throw pullFailed(endpoint.url, settings.model, 'Ollama does not list it afterwards')
}

async function isPresentAtLast(endpoint: Endpoint, model: string, options: PullOptions): Promise<boolean> {
  const { onProgress, signal, sleep = delay } = options
  for (let attempt = 1; ; attempt++) {
    try {
      return await isPresent(endpoint, model, signal)
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'embedder_unavailable') throw error
      if (attempt === TRIES) {
        throw new Fault(error.code, `${error.message}, tried ${TRIES} times`, error.remedy, { cause: error })
      }
      onProgress({ status: `${error.message}, waiting (try ${attempt} of ${TRIES})` })
      await sleep(Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS))
      signal?.throwIfAborted()
    }
  }
}

async function isPresent(endpoint: Endpoint, model: string, signal?: AbortSignal): Promise<boolean> {
  const patience = { timeoutMs: 5 * SECOND, tries: 1, retryDelayMs: 0, signal }
  return (await findModelDetails(endpoint, model, patience)) !== undefined
}

async function pull(endpoint: Endpoint, settings: PullSettings, options: PullOptions): Promise<void> {
  const { signal, silenceMs = SILENCE_MS } = options
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), silenceMs)
  try {
    const either = signal === undefined ? silence.signal : AbortSignal.any([silence.signal, signal])
    const insecure = settings.insecureRegistry || settings.model.startsWith('http://')
    const response = await request(endpoint, '/api/pull', { model: settings.model, insecure, stream: true }, either)
    await follow(response, { endpoint, settings, options, onLine: () => timer.refresh() })
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof Fault) throw error
    const why = silence.signal.aborted ? `sent nothing for ${silenceMs / SECOND} s` : reasonOf(error)
    throw unavailable(endpoint.url, `${why} while it pulled ${settings.model}`, error)
  } finally {
    clearTimeout(timer)
  }
}

interface Following {
  readonly endpoint: Endpoint
  readonly settings: PullSettings
  readonly options: PullOptions
  readonly onLine: () => void
}

async function follow(response: Response, { endpoint, settings, options, onLine }: Following): Promise<void> {
  const report = atMostOnceASecond(options)
  for await (const json of jsonLines(response.body)) {
    onLine()
    const line = PullLine.safeParse(json)
    const error = errorIn(json)
    if (error !== undefined) throw pullFailed(endpoint.url, settings.model, error)
    if (response.status !== 200 || !line.success) {
      throw replyInvalid(endpoint.url, `${response.status} to a pull of ${settings.model}`)
    }
    if (line.data.status === 'success') return
    report(line.data)
  }
  throw pullFailed(endpoint.url, settings.model, 'Ollama ended the pull before it was complete')
}

function atMostOnceASecond({ onProgress, now = () => performance.now() }: PullOptions): (line: PullLine) => void {
  let reportedAt = Number.NEGATIVE_INFINITY
  return ({ status = '', completed, total }) => {
    if (now() - reportedAt < SECOND) return
    reportedAt = now()
    onProgress({ status, completed, total })
  }
}

/** Yields the values of a body with one JSON value per line, and undefined for invalid lines. */
async function* jsonLines(body: ReadableStream<Uint8Array> | null): AsyncGenerator<unknown> {
  if (body === null) return
  const input = Readable.fromWeb(body)
  let failure: Error | undefined
  // readline ends without an error if its input breaks off.
  input.once('error', (error) => {
    failure = error
  })
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') yield parseJson(line)
  }
  if (failure !== undefined) throw failure
}
