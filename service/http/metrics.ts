import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { RepositoryScope } from '../access/repository-scope.ts'
import type { EmbeddingRequest } from '../embedding/embedder.ts'
import type { Job } from '../indexing/contract.ts'
import type { SearchAnswer } from '../search/contract.ts'
import { TOOLS } from '../tools/catalogue.ts'
import type { ObservedCall } from '../tools/tool.ts'
import { SECOND } from '../units.ts'
import { makeStateMetrics, type StateSources } from './state-metrics.ts'

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const JOB_BUCKETS = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1800, 3600, 7200, 14400]

interface ObservedRequest {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly seconds: number
}

export interface Metrics {
  readonly contentType: string
  /**
   * Returns all metrics in Prometheus' text format, with the names of the scope's repositories. Does not fail if a
   * source does.
   */
  readonly text: (scope: RepositoryScope) => Promise<string>
  readonly request: (request: ObservedRequest) => void
  readonly inFlight: (count: number) => void
  readonly toolCall: (call: ObservedCall) => void
  readonly search: (answer: SearchAnswer) => void
  readonly job: (job: Job) => void
  readonly embedding: (request: EmbeddingRequest) => void
}

/**
 * Creates the service's metrics, under OpenTelemetry's names. Known series start at 0: a series that appears with its
 * first event shows no increase.
 */
export function makeMetrics(sources: StateSources): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const state = makeStateMetrics(sources)
  return {
    contentType: registry.contentType,
    text: async (scope) => (await Promise.all([registry.metrics(), state(scope)])).join('\n'),
    ...requestMetrics([registry]),
    ...searchMetrics([registry]),
    ...jobMetrics([registry]),
    ...embeddingMetrics([registry]),
  }
}

function requestMetrics(registers: Registry[]): Pick<Metrics, 'request' | 'inFlight' | 'toolCall'> {
  const requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP requests.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: BUCKETS,
    registers,
  })
  const active = new Gauge({ name: 'http_server_active_requests', help: 'HTTP requests in progress.', registers })
  const calls = new Histogram({
    name: 'mcp_server_operation_duration_seconds',
    help: 'Duration of tool calls, over MCP and HTTP alike.',
    labelNames: ['mcp_method_name', 'gen_ai_tool_name', 'error_type'],
    buckets: BUCKETS,
    registers,
  })
  for (const { name } of TOOLS) {
    calls.zero({ mcp_method_name: 'tools/call', gen_ai_tool_name: name, error_type: '' })
  }
  return {
    request: ({ method, route, status, seconds }) => requests.labels(method, route, String(status)).observe(seconds),
    inFlight: (count) => active.set(count),
    toolCall: ({ tool, seconds, fault }) => calls.labels('tools/call', tool, fault ?? '').observe(seconds),
  }
}

function searchMetrics(registers: Registry[]): Pick<Metrics, 'search'> {
  const legs = new Counter({
    name: 'codebase_search_legs_total',
    help: 'Searches that the lexical and the semantic search answered; the lexical one answers all of them.',
    labelNames: ['leg'],
    registers,
  })
  const degraded = new Counter({
    name: 'codebase_search_degraded_total',
    help: 'Searches that were answered by words only.',
    registers,
  })
  for (const leg of ['lexical', 'semantic']) legs.inc({ leg }, 0)
  return {
    search: (answer) => {
      for (const leg of answer.modes) legs.labels(leg).inc()
      if (answer.degraded !== undefined) degraded.inc()
    },
  }
}

function jobMetrics(registers: Registry[]): Pick<Metrics, 'job'> {
  const durations = new Histogram({
    name: 'codebase_job_duration_seconds',
    help: 'Duration of the jobs that ended in this process, from when they were first taken.',
    labelNames: ['kind', 'state'],
    buckets: JOB_BUCKETS,
    registers,
  })
  for (const kind of ['index', 'embed']) {
    for (const state of ['succeeded', 'partial', 'failed']) durations.zero({ kind, state })
  }
  return {
    job: ({ kind, state, startedAt, finishedAt }) => {
      if (startedAt === undefined || finishedAt === undefined) return
      // The start is the database's clock, the end this machine's.
      durations.labels(kind, state).observe(Math.max(0, finishedAt.getTime() - startedAt.getTime()) / SECOND)
    },
  }
}

function embeddingMetrics(registers: Registry[]): Pick<Metrics, 'embedding'> {
  const requests = new Histogram({
    name: 'gen_ai_client_operation_duration_seconds',
    help: 'Duration of requests to the embedder: batches of documents, and questions.',
    labelNames: ['gen_ai_operation_name', 'purpose', 'error_type'],
    buckets: BUCKETS,
    registers,
  })
  const texts = new Counter({
    name: 'codebase_embedded_texts_total',
    help: 'Texts that the embedder gave a vector for.',
    labelNames: ['purpose'],
    registers,
  })
  for (const purpose of ['document', 'query']) {
    requests.zero({ gen_ai_operation_name: 'embeddings', purpose, error_type: '' })
    texts.inc({ purpose }, 0)
  }
  return {
    embedding: ({ purpose, texts: count, seconds, fault }) => {
      requests.labels('embeddings', purpose, fault ?? '').observe(seconds)
      texts.labels(purpose).inc(count)
    },
  }
}
