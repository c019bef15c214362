import { type Row, stat, steps } from './panel.ts'
import { selected, shared } from './selected.ts'

const WEEK_SECONDS = 7 * 86_400

export const OVERVIEW: Row = {
  title: 'Overview',
  panels: [
    stat(
      {
        title: 'Ready',
        description: 'Whether every process answers requests: its database does, and has the schema of the code.',
        unit: 'short',
        queries: [{ expr: `min(${selected('codebase_ready')})` }],
      },
      {
        thresholds: [
          { color: 'red', value: null },
          { color: 'green', value: 1 },
        ],
        mappings: [{ type: 'value', options: { 0: { text: 'no' }, 1: { text: 'yes' } } }],
      },
    ),
    stat(
      {
        title: 'Alerts',
        description: 'Rules that fire now; docs/monitoring.md says of each what it means and what to do.',
        unit: 'short',
        queries: [{ expr: 'count(ALERTS{alertname=~"CodebaseMcp.+", alertstate="firing"}) or vector(0)' }],
      },
      { thresholds: steps(1, 5) },
    ),
    stat(
      {
        title: 'Embedder',
        description: 'What Ollama is: ready, off, unreachable, or without the model. Searches by words do without it.',
        unit: 'short',
        queries: [{ expr: `max by (state) (${selected('codebase_embedder_state')}) == 1`, legend: '{{state}}' }],
      },
      { named: true },
    ),
    stat(
      {
        title: 'Version',
        description: 'The versions that run.',
        unit: 'short',
        queries: [{ expr: `max by (version) (${selected('codebase_build_info')})`, legend: '{{version}}' }],
      },
      { named: true },
    ),
    stat({
      title: 'Repositories',
      description: 'Repositories that are registered, indexed or not.',
      unit: 'short',
      queries: [{ expr: `sum(max by (state) (${selected('codebase_repositories')}))` }],
    }),
    stat({
      title: 'Chunks',
      description: 'Chunks in the index, of all repositories.',
      unit: 'short',
      queries: [{ expr: shared('codebase_index_chunks') }],
    }),
    stat(
      {
        title: 'Oldest index',
        description: 'Since the repository was indexed whose index is the oldest.',
        unit: 's',
        queries: [{ expr: `time() - min(${selected('codebase_index_oldest_timestamp_seconds')})` }],
      },
      { thresholds: steps(WEEK_SECONDS / 2, WEEK_SECONDS) },
    ),
    stat(
      {
        title: 'Jobs waiting',
        description: 'Jobs that no worker has taken yet.',
        unit: 'short',
        queries: [{ expr: `sum(max by (kind) (${selected('codebase_jobs_open', 'state="queued"')}))` }],
      },
      { thresholds: steps(20, 100) },
    ),
  ],
}
