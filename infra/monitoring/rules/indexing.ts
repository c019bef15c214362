import { once, STACK, series } from '../series.ts'
import { type Rule, whereEmbedding } from './rule.ts'

const total = (metric: string, ...labels: readonly string[]) => once(series(metric, ...labels))

const perKind = (state: string) => `max by (${STACK}, kind) (${series('codebase_jobs_open', state)})`

const LACKING = `1 - ${total('codebase_index_embedded_chunks')} / ${total('codebase_index_chunks')}`
const EMBEDDED_LATELY = `max by (${STACK}) (delta(${series('codebase_index_embedded_chunks')}[30m]))`

/** Whether the index and its vectors follow what they are made of. */
export const INDEXING: readonly Rule[] = [
  {
    alert: 'CodebaseMcpQueueStuck',
    expr: `${perKind('state="queued"')} > 0 and ${perKind('state="running"')} == 0`,
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: '{{ $value }} jobs to {{ $labels.kind }} wait and none is worked on',
      remedy:
        'See whether a worker runs (profile worker, or INDEXING_CONCURRENCY of the server above 0) and reaches the database',
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
        'Raise INDEXING_CONCURRENCY or the number of workers; or see with get_indexing_status which run takes so long',
    },
  },
  {
    alert: 'CodebaseMcpJobsFail',
    expr: `sum by (${STACK}, kind) (increase(${series('codebase_job_duration_seconds_count', 'state="failed"')}[15m])) > 0`,
    for: '0m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $value | humanize }} jobs to {{ $labels.kind }} failed in a quarter of an hour',
      remedy: 'get_indexing_status gives the fault of each repository and what to do',
    },
  },
  {
    alert: 'CodebaseMcpRepositoryFailed',
    expr: `${total('codebase_repositories', 'state="failed"')} > 0`,
    for: '15m',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'The last run of {{ $value }} repositories failed; the index before it goes on answering',
      remedy: 'get_indexing_status gives the fault of each and what to do; then index_repository again',
    },
  },
  {
    alert: 'CodebaseMcpIndexOld',
    expr: `time() - min by (${STACK}) (${series('codebase_index_oldest_timestamp_seconds')}) > 7 * 86400`,
    for: '1h',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'A repository was last indexed {{ $value | humanizeDuration }} ago',
      remedy: 'The dashboard shows which; index_repository it, or remove it with DELETE /v1/repositories/NAME',
    },
  },
  {
    alert: 'CodebaseMcpEmbedderDown',
    expr: `${total('codebase_embedder_state', 'state=~"unreachable|model_missing"')} == 1`,
    for: '5m',
    labels: { severity: 'warning' },
    annotations: {
      summary: 'Ollama cannot be used: searches are answered by the model in the package',
      remedy: 'GET /health names the reason; start Ollama, or pull the model: pull-model',
    },
  },
  {
    alert: 'CodebaseMcpEmbeddingsBehind',
    expr: whereEmbedding(`${LACKING} > 0.01 and ${EMBEDDED_LATELY} <= 0`),
    for: '30m',
    labels: { severity: 'warning' },
    annotations: {
      summary:
        '{{ $value | humanizePercentage }} of the chunks have no vector, and there are no more of them than half an hour ago',
      remedy:
        'get_indexing_status gives the fault of the embed jobs; what is missing is asked for again every minute while Ollama is ready',
    },
  },
]
