import { ratePerStack, series } from '../series.ts'
import { type Rule, shareAbove, whereEmbedding } from './rule.ts'

// Errors of tool calls for which the service, not the caller, is responsible.
const OWN_FAULTS = 'error_type=~"internal|database_.+|schema_.+|overloaded|deadline_exceeded"'
const CALLS = 'mcp_server_operation_duration_seconds_count'
const REQUESTS = 'http_server_request_duration_seconds_count'
const NO_PROBE = 'http_route!~"/livez|/readyz|/health|/metrics"'
const FAILED_REQUEST = 'http_response_status_code=~"5.."'

/** Alerts about availability, errors and latency. */
export const ANSWERING: readonly Rule[] = [
  {
    alert: 'CodebaseMcpDown',
    expr: `${series('up')} == 0 or absent(${series('up', 'component="server"')}) == 1`,
    for: '2m',
    labels: { severity: 'critical' },
    annotations: {
      summary: '{{ or $labels.component "server" }} of Codebase MCP does not answer',
      remedy:
        'Check whether it is running, and read its last log lines. Docker restarts it three times; after that, run npm run up',
    },
  },
  {
    alert: 'CodebaseMcpNotReady',
    expr: `${series('codebase_ready')} == 0`,
    for: '2m',
    labels: { severity: 'critical' },
    annotations: {
      summary:
        '{{ $labels.component }} is running but cannot answer: its database is unreachable or has the wrong schema',
      remedy: 'GET /health gives the reason. Check Postgres, and whether the migration succeeded',
    },
  },
  {
    alert: 'CodebaseMcpRestarting',
    expr: `changes(${series('process_start_time_seconds')}[30m]) > 2`,
    for: '0m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $labels.component }} was restarted {{ $value }} times in 30 minutes',
      remedy: 'Read the last log lines before each restart. Exit code 137 means that it exceeded its memory limit',
    },
  },
  {
    alert: 'CodebaseMcpRequestsFail',
    expr: shareAbove(0.05, [series(REQUESTS, FAILED_REQUEST, NO_PROBE), series(REQUESTS, NO_PROBE)]),
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: '{{ $value | humanizePercentage }} of HTTP requests fail',
      remedy:
        'The log gives the cause under the id in the response. 503 means that the database is down or that there are too many requests at once',
    },
  },
  {
    alert: 'CodebaseMcpToolsFail',
    expr: shareAbove(0.05, [series(CALLS, OWN_FAULTS), series(CALLS)]),
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: '{{ $value | humanizePercentage }} of tool calls fail because of the service',
      remedy:
        'The dashboard shows the calls by error. database_unavailable: check Postgres; deadline_exceeded: add CPU or memory; internal: read the log',
    },
  },
  {
    alert: 'CodebaseMcpSearchSlow',
    expr: `histogram_quantile(0.95, ${ratePerStack('10m', series('mcp_server_operation_duration_seconds_bucket', 'gen_ai_tool_name="search_code"'), 'le')}) > 1`,
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '5 % of searches take longer than {{ $value | humanizeDuration }}',
      remedy:
        'Check the event loop and the connection pool. Common causes: indexing in the server (use workers), too little memory for Postgres, or a slow embedder',
    },
  },
  {
    alert: 'CodebaseMcpSearchDegraded',
    expr: whereEmbedding(
      shareAbove(0.2, [
        series('codebase_search_degraded_total'),
        series('codebase_search_legs_total', 'leg="lexical"'),
      ]),
    ),
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $value | humanizePercentage }} of searches are answered by words only',
      remedy:
        'Check whether the embedder answers in time, and how many chunks have vectors. Ollama reloads a model after it was idle',
    },
  },
]
