import { ratePerStack, series } from '../series.ts'
import { type Rule, shareAbove, whereEmbedding } from './rule.ts'

// What a tool ends with where nothing was wrong with the call.
const OWN_FAULTS = 'error_type=~"internal|database_.+|schema_.+|overloaded|deadline_exceeded"'
const CALLS = 'mcp_server_operation_duration_seconds_count'
const REQUESTS = 'http_server_request_duration_seconds_count'
const NO_PROBE = 'http_route!~"/livez|/readyz|/health|/metrics"'
const FAILED_REQUEST = 'http_response_status_code=~"5.."'

/** Whether it runs, answers, and answers well. */
export const ANSWERING: readonly Rule[] = [
  {
    alert: 'CodebaseMcpDown',
    expr: `${series('up')} == 0 or absent(${series('up', 'component="server"')}) == 1`,
    for: '2m',
    labels: { severity: 'critical' },
    annotations: {
      summary: '{{ or $labels.component "server" }} of Codebase MCP does not answer',
      remedy:
        'See whether it runs, and its last log lines; on Docker it is started again three times, after that by npm run up',
    },
  },
  {
    alert: 'CodebaseMcpNotReady',
    expr: `${series('codebase_ready')} == 0`,
    for: '2m',
    labels: { severity: 'critical' },
    annotations: {
      summary: '{{ $labels.component }} runs and cannot answer: the database does not, or has another schema',
      remedy: 'GET /health names the reason; look at Postgres, and whether the migration ran',
    },
  },
  {
    alert: 'CodebaseMcpRestarting',
    expr: `changes(${series('process_start_time_seconds')}[30m]) > 2`,
    for: '0m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $labels.component }} was started {{ $value }} times more in half an hour',
      remedy: 'Look at the last lines before each start; exit code 137 means that it ran into its memory limit',
    },
  },
  {
    alert: 'CodebaseMcpRequestsFail',
    expr: shareAbove(0.05, [series(REQUESTS, FAILED_REQUEST, NO_PROBE), series(REQUESTS, NO_PROBE)]),
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: '{{ $value | humanizePercentage }} of the HTTP requests fail',
      remedy:
        'The log has the cause under the id of the answer; 503 means that the database is down or that too many ask at once',
    },
  },
  {
    alert: 'CodebaseMcpToolsFail',
    expr: shareAbove(0.05, [series(CALLS, OWN_FAULTS), series(CALLS)]),
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: '{{ $value | humanizePercentage }} of the tool calls fail, and not for what was asked',
      remedy:
        'The dashboard shows the calls by fault; database_unavailable: Postgres; deadline_exceeded: too little CPU or memory; internal: the log',
    },
  },
  {
    alert: 'CodebaseMcpSearchSlow',
    expr: `histogram_quantile(0.95, ${ratePerStack('10m', series('mcp_server_operation_duration_seconds_bucket', 'gen_ai_tool_name="search_code"'), 'le')}) > 1`,
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'One search of twenty takes longer than {{ $value | humanizeDuration }}',
      remedy:
        'Look at the event loop and the pool of connections: an index run beside the server (use workers), a Postgres with too little memory, or an embedder that is slow',
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
      summary: '{{ $value | humanizePercentage }} of the searches are answered by words only',
      remedy:
        'See whether the embedder answers in time and how many chunks have vectors; Ollama loads a model anew after a pause',
    },
  },
]
