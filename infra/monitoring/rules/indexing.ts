import { once, STACK, series } from '../series.ts'
import { type Rule, whereEmbedding } from './rule.ts'

const total = (metric: string, ...labels: readonly string[]) => once(series(metric, ...labels))

const perKind = (state: string) => `max by (${STACK}, kind) (${series('codebase_jobs_open', state)})`

const LACKING = `1 - ${total('codebase_index_embedded_chunks')} / ${total('codebase_index_chunks')}`
const EMBEDDED_LATELY = `max by (${STACK}) (delta(${series('codebase_index_embedded_chunks')}[30m]))`

/** Alerts about jobs, the age of the index, and embeddings. */
export const INDEXING: readonly Rule[] = [
  {
    alert: 'CodebaseMcpQueueStuck',
    expr: `${perKind('state="queued"')} > 0 and ${perKind('state="running"')} == 0`,
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: '{{ $value }} {{ $labels.kind }} jobs are waiting and none is running',
      remedy:
        'Check whether a worker is running (profile worker, or INDEXING_CONCURRENCY above 0 in the server) and can reach the database',
    },
  },
  {
    alert: 'CodebaseMcpQueueOld',
    expr: `${total('codebase_jobs_oldest_queued_age_seconds')} > 1800`,
    for: '5m',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'A job has been waiting for {{ $value | humanizeDuration }}',
      remedy:
        'Raise INDEXING_CONCURRENCY or the number of workers, or use get_indexing_status to find the run that takes so long',
    },
  },
  {
    alert: 'CodebaseMcpJobsFail',
    expr: `sum by (${STACK}, kind) (increase(${series('codebase_job_duration_seconds_count', 'state="failed"')}[15m])) > 0`,
    for: '0m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $value | humanize }} {{ $labels.kind }} jobs failed in 15 minutes',
      remedy: 'get_indexing_status shows the error of each repository and what to do',
    },
  },
  {
    alert: 'CodebaseMcpRepositoryFailed',
    expr: `${total('codebase_repositories', 'state="failed"')} > 0`,
    for: '15m',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'The last run of {{ $value }} repositories failed; searches use the previous index',
      remedy: 'get_indexing_status shows the error of each and what to do. Then call index_repository again',
    },
  },
  {
    alert: 'CodebaseMcpIndexOld',
    expr: `time() - min by (${STACK}) (${series('codebase_index_oldest_timestamp_seconds')}) > 7 * 86400`,
    for: '1h',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'A repository was last indexed {{ $value | humanizeDuration }} ago',
      remedy:
        'The dashboard shows which one. Call index_repository for it, or remove it with DELETE /v1/repositories/NAME',
    },
  },
  {
    alert: 'CodebaseMcpEmbedderDown',
    expr: `${total('codebase_embedder_state', 'state=~"unreachable|model_missing"')} == 1`,
    for: '5m',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'Ollama cannot be used; searches use the model in the package',
      remedy: 'GET /health gives the reason. Start Ollama, or pull the model with pull-model',
    },
  },
  {
    alert: 'CodebaseMcpEmbeddingsBehind',
    expr: whereEmbedding(`${LACKING} > 0.01 and ${EMBEDDED_LATELY} <= 0`),
    for: '30m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $value | humanizePercentage }} of chunks have no vector, and no vectors were added in 30 minutes',
      remedy:
        'get_indexing_status shows the error of the embed jobs. Missing vectors are requested again every minute while Ollama is ready',
    },
  },
]
