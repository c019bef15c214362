import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fullModelName } from '../../service/embedding/model-name.ts'
import { hashedVector, wordsOf } from './hashed-vector.ts'
import { type EmbedFault, failWith, sendJson } from './ollama-faults.ts'

export interface FakeOllamaOptions {
  /** Names as Ollama lists them, or without the tag. */
  readonly models?: readonly string[]
  /** Models that the registry has. */
  readonly pullable?: readonly string[]
  readonly dimensions?: number
  /** Context length, in words. */
  readonly context?: number
  /** Time per text, in milliseconds. Texts are embedded one after the other, as on a machine of fixed speed. */
  readonly msPerText?: number
  /** A request with this word in any text fails with 500. */
  readonly poison?: string
}

interface EmbedBody {
  readonly model: string
  readonly input: readonly string[]
  readonly truncate?: boolean
}

/** Implements Ollama's embedding API, with faults that tests switch on. */
export class FakeOllama {
  /** Fault of `/api/embed`. Undefined for none. */
  fault: EmbedFault | undefined
  /** Called with the path of each request. The answer waits for the result. */
  onRequest: (path: string) => unknown = () => {}
  /** All embedded texts, in order. */
  readonly embedded: string[] = []
  readonly headers: Record<string, string | string[] | undefined>[] = []
  /** Error of `/api/pull`. Undefined for success. */
  pullError: string | undefined
  readonly pulls: { readonly model: string; readonly insecure?: boolean }[] = []
  capabilities: readonly string[] = ['embedding']
  dimensions: number
  /** Total time spent on texts, if `msPerText` is set. */
  busyMs = 0
  readonly #options: FakeOllamaOptions
  readonly #models: Set<string>
  readonly #held = new Set<() => void>()
  #server = createServer()
  #port = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: FakeOllamaOptions = {}) {
    this.#options = options
    this.#models = new Set((options.models ?? ['all-minilm']).map(fullModelName))
    this.dimensions = options.dimensions ?? 32
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Listens. Reuses the port of the first start. */
  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
    return this
  }

  /** Stops listening, so connections are refused. */
  async stop(): Promise<void> {
    this.release()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Answers the requests that the fault `held` keeps open. */
  release(): void {
    for (const go of this.#held) go()
    this.#held.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    const body = await readJson(request)
    this.headers.push(request.headers)
    await this.onRequest(path)
    if (path === '/api/version') sendJson(response, 200, { version: '0.17.4' })
    else if (path === '/api/tags') sendJson(response, 200, { models: [...this.#models].map((name) => ({ name })) })
    else if (path === '/api/show') this.#show(response, body as { model: string })
    else if (path === '/api/pull') this.#pull(response, body as { model: string; insecure?: boolean })
    else if (path === '/api/embed') await this.#embed(response, body as EmbedBody)
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found')
  }

  #show(response: ServerResponse, { model }: { model: string }): void {
    const details = {
      capabilities: this.capabilities,
      model_info: { 'bert.context_length': this.#options.context ?? 512, 'bert.embedding_length': this.dimensions },
    }
    if (model.includes(' ')) sendJson(response, 500, { error: `unqualified name: registry.ollama.ai/${model}` })
    else if (this.#has(model)) sendJson(response, 200, details)
    else sendJson(response, 404, { error: `model '${model}' not found` })
  }

  #pull(response: ServerResponse, body: { model: string; insecure?: boolean }): void {
    this.pulls.push(body)
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const line = (value: object) => response.write(`${JSON.stringify(value)}\n`)
    line({ status: 'pulling manifest' })
    for (const completed of [100, 200, 300]) line({ status: 'pulling 330437513712', total: 300, completed })
    const known = (this.#options.pullable ?? []).map(fullModelName).includes(fullModelName(body.model))
    const error = this.pullError ?? (known ? undefined : 'pull model manifest: file does not exist')
    if (error === undefined) this.#models.add(fullModelName(body.model))
    line(error === undefined ? { status: 'success' } : { error })
    response.end()
  }

  async #embed(response: ServerResponse, body: EmbedBody): Promise<void> {
    const fault = this.fault
    if (fault === 'held') await new Promise<void>((resolve) => this.#held.add(resolve))
    else if (fault !== undefined) return failWith(fault, response, body.input, this.dimensions)
    const refused = this.#refusal(body)
    if (refused !== undefined) {
      sendJson(response, refused.status, { error: refused.error })
      return
    }
    await this.#work(body.input.length)
    this.embedded.push(...body.input)
    const embeddings = body.input.map((text) => hashedVector(text, this.dimensions))
    sendJson(response, 200, { model: body.model, embeddings })
  }

  #refusal({ model, input, truncate }: EmbedBody): { status: number; error: string } | undefined {
    const { context = 512, poison } = this.#options
    if (!this.#has(model))
      return { status: 404, error: `model ${JSON.stringify(model)} not found, try pulling it first` }
    if (truncate === false && input.some((text) => wordsOf(text).length > context)) {
      return { status: 400, error: 'the input length exceeds the context length' }
    }
    if (poison !== undefined && input.some((text) => text.includes(poison))) {
      return { status: 500, error: 'failed to encode response: json: unsupported value: NaN' }
    }
    return undefined
  }

  async #work(texts: number): Promise<void> {
    const { msPerText } = this.#options
    if (msPerText === undefined) return
    this.#turn = this.#turn.then(async () => {
      const startedAt = performance.now()
      await delay(texts * msPerText)
      this.busyMs += performance.now() - startedAt
    })
    await this.#turn
  }

  #has(model: string): boolean {
    return this.#models.has(fullModelName(model))
  }
}

export function startFakeOllama(options?: FakeOllamaOptions): Promise<FakeOllama> {
  return new FakeOllama(options).start()
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString() || '{}')
}
