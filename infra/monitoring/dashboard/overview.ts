import { type Row, stat, steps } from './panel.ts'
import { selected, shared } from './selected.ts'

const WEEK_SECONDS = 7 * 86_400

export const OVERVIEW: Row = {
  title: 'Overview',
  panels: [
    stat(
      {
        title: 'Ready',
        description:
          'Whether every process can answer requests: its database is reachable and has the expected schema.',
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
        description: 'Firing alerts. docs/monitoring.md explains each one and what to do.',
        unit: 'short',
        queries: [{ expr: 'count(ALERTS{alertname=~"CodebaseMcp.+", alertstate="firing"}) or vector(0)' }],
      },
      { thresholds: steps(1, 5) },
    ),
    stat(
      {
        title: 'Embedder',
        description: 'State of Ollama: ready, off, unreachable, or without the model. Lexical search does not need it.',
        unit: 'short',
        queries: [{ expr: `max by (state) (${selected('codebase_embedder_state')}) == 1`, legend: '{{state}}' }],
      },
      { named: true },
    ),
    stat(
      {
        title: 'Version',
        description: 'Versions that are running.',
        unit: 'short',
        queries: [{ expr: `max by (version) (${selected('codebase_build_info')})`, legend: '{{version}}' }],
      },
      { named: true },
    ),
    stat({
      title: 'Repositories',
      description: 'Registered repositories, whether indexed or not.',
      unit: 'short',
      queries: [{ expr: `sum(max by (state) (${selected('codebase_repositories')}))` }],
    }),
    stat({
      title: 'Chunks',
      description: 'Chunks of all repositories in the index.',
      unit: 'short',
      queries: [{ expr: shared('codebase_index_chunks') }],
    }),
    stat(
      {
        title: 'Oldest index',
        description: 'Age of the oldest index of a repository.',
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
