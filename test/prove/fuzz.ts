import { Agent, type ClientRequest, request as open } from 'node:http'
import { connect } from 'node:net'
import { type FuzzRequest, requestsOf, type Target } from './fuzz-requests.ts'

export interface FuzzOptions extends Target {
  readonly url: string
  readonly requests: number
  readonly seed: number
  /** Number of concurrent requests. */
  readonly concurrency?: number
}

/** A request with a wrong answer. */
interface FuzzFailure {
  /** Number of the request, which with the seed is enough to repeat it. */
  readonly number: number
  readonly outcome: string
  readonly what: string
  readonly answer: string
}

export interface FuzzReport {
  readonly seed: number
  readonly requests: number
  /** Number of requests by status. `closed` if the connection ended without one. */
  readonly outcomes: Readonly<Record<string, number>>
  /** Statuses 5xx, internal errors within answers, and requests without an answer. */
  readonly failures: readonly FuzzFailure[]
  readonly slowest: readonly { readonly number: number; readonly ms: number; readonly what: string }[]
  readonly seconds: number
}

interface Outcome {
  readonly status: string
  readonly answer: string
}

const HANG_MS = 15_000
const SHOWN = 300
const SLOWEST = 5
const INTERNAL = /\[internal\]|"code":"internal"|"code":-32603/

/**
 * Sends malformed and hostile requests over MCP in both eras, /v1, webhooks and health. The same seed sends the same
 * requests.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { url, requests, seed, concurrency = 16 } = options
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const report = new Report(seed)
  const requestAt = requestsOf(seed, options)
  const started = performance.now()
  let next = 0
  const worker = async () => {
    for (let number = next++; number < requests; number = next++) {
      const request = requestAt(number)
      const startedAt = performance.now()
      const outcome = await (request.raw === undefined ? ask(url, request, agent) : askRaw(url, request.raw))
      report.add(number, request, outcome, performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  agent.destroy()
  return report.ended((performance.now() - started) / 1000)
}

class Report {
  readonly #seed: number
  readonly #outcomes: Record<string, number> = {}
  readonly #failures: FuzzFailure[] = []
  #slowest: { number: number; ms: number; what: string }[] = []
  #requests = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  add(number: number, request: FuzzRequest, { status, answer }: Outcome, ms: number): void {
    this.#requests++
    this.#outcomes[status] = (this.#outcomes[status] ?? 0) + 1
    const what = describe(request)
    this.#slowest = [...this.#slowest, { number, ms: Math.round(ms), what }]
      .sort((one, other) => other.ms - one.ms)
      .slice(0, SLOWEST)
    const isClosed = status === 'closed' && request.raw === undefined && !request.mayBeCut
    if (status.startsWith('5') || status === 'hang' || isClosed || INTERNAL.test(answer)) {
      this.#failures.push({ number, outcome: status, what, answer: answer.slice(0, SHOWN) })
    }
  }

  ended(seconds: number): FuzzReport {
    return {
      seed: this.#seed,
      requests: this.#requests,
      outcomes: this.#outcomes,
      failures: this.#failures.sort((one, other) => one.number - other.number),
      slowest: this.#slowest,
      seconds,
    }
  }
}

function describe({ method, path, headers, body, raw }: FuzzRequest): string {
  if (raw !== undefined) return JSON.stringify(raw.toString('latin1').slice(0, SHOWN))
  const shown = body === undefined ? '' : JSON.stringify(body.toString('utf8').slice(0, SHOWN))
  return `${method} ${path.slice(0, SHOWN)} ${JSON.stringify(headers).slice(0, SHOWN)} ${shown}`
}

function ask(url: string, { method, path, headers, body }: FuzzRequest, agent: Agent): Promise<Outcome> {
  const { hostname, port } = new URL(url)
  return settled((resolve) => {
    let request: ClientRequest
    try {
      request = open({ hostname, port, method, path, headers, agent, setHost: headers.host === undefined })
    } catch {
      // Node's client refuses to send the request.
      resolve({ status: 'unsendable', answer: '' })
      return () => {}
    }
    request.on('response', (response) => {
      let answer = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (answer += chunk.slice(0, 1_000_000)))
      response.on('close', () => resolve({ status: String(response.statusCode), answer }))
    })
    request.on('error', () => resolve({ status: 'closed', answer: '' }))
    request.end(body)
    return () => request.destroy()
  })
}

function askRaw(url: string, raw: Buffer): Promise<Outcome> {
  const { hostname, port } = new URL(url)
  return settled((resolve) => {
    let answer = ''
    const socket = connect({ host: hostname, port: Number(port) })
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
    socket.on('error', () => {})
    socket.on('close', () => resolve({ status: /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'closed', answer }))
    socket.end(raw)
    return () => socket.destroy()
  })
}

/**
 * Returns the outcome of `start`, or `hang` after a time limit. `start` returns a function that cancels its request.
 */
function settled(start: (resolve: (outcome: Outcome) => void) => () => void): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  let end = () => {}
  const timer = setTimeout(() => {
    resolve({ status: 'hang', answer: '' })
    end()
  }, HANG_MS)
  end = start(resolve)
  return promise.finally(() => clearTimeout(timer))
}
