import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Job } from '../indexing/contract.ts'
import type { SearchAnswer } from '../search/contract.ts'
import type { ObservedCall } from '../tools/tool.ts'

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

interface ObservedRequest {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly seconds: number
}

export interface Metrics {
  readonly contentType: string
  readonly text: () => Promise<string>
  readonly request: (request: ObservedRequest) => void
  readonly inFlight: (count: number) => void
  readonly toolCall: (call: ObservedCall) => void
  readonly search: (answer: SearchAnswer) => void
  readonly job: (job: Job) => void
}

/** What the service counts, under OpenTelemetry's names. */
export function makeMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP requests.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: BUCKETS,
    registers,
  })
  const active = new Gauge({ name: 'http_server_active_requests', help: 'HTTP requests under way.', registers })
  const calls = new Histogram({
    name: 'mcp_server_operation_duration_seconds',
    help: 'Duration of tool calls.',
    labelNames: ['mcp_method_name', 'gen_ai_tool_name', 'error_type'],
    buckets: BUCKETS,
    registers,
  })
  const legs = new Counter({
    name: 'codebase_search_legs_total',
    help: 'Searches that a leg answered.',
    labelNames: ['leg'],
    registers,
  })
  const degraded = new Counter({
    name: 'codebase_search_degraded_total',
    help: 'Searches that lacked a leg.',
    registers,
  })
  const jobs = new Counter({
    name: 'codebase_jobs_total',
    help: 'Jobs that ended here.',
    labelNames: ['kind', 'state'],
    registers,
  })
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    request: ({ method, route, status, seconds }) => requests.labels(method, route, String(status)).observe(seconds),
    inFlight: (count) => active.set(count),
    toolCall: ({ tool, seconds, fault }) => calls.labels('tools/call', tool, fault ?? '').observe(seconds),
    search: (answer) => {
      for (const leg of answer.modes) legs.labels(leg).inc()
      if (answer.degraded !== undefined) degraded.inc()
    },
    job: ({ kind, state }) => {
      if (state !== 'queued' && state !== 'running') jobs.labels(kind, state).inc()
    },
  }
}
