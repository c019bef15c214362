import { type Metrics, makeMetrics } from '../../service/http/metrics.ts'
import type { StateSources } from '../../service/http/state-metrics.ts'
import type { Job, RepositorySummary } from '../../service/indexing/contract.ts'
import type { SearchAnswer } from '../../service/search/contract.ts'
import type { LastBackupRun } from '../../service/store/backup-runs.ts'

export const REPOSITORY: RepositorySummary = {
  name: 'shop',
  source: '/code/shop',
  files: 8,
  chunks: 40,
  bytes: 9000,
  embedded: 10,
  byMeaning: 40,
  state: 'ready',
  indexedAt: new Date('2026-11-20T10:00:00Z'),
  skipped: { secret: 1 },
  leftOut: [],
  masked: { 'private-key': 1 },
}

export const BACKUP_RUN: LastBackupRun = {
  kind: 'backup',
  succeeded: true,
  finishedAt: new Date('2026-11-20T02:01:00Z'),
  seconds: 60,
  succeededAt: new Date('2026-11-20T02:01:00Z'),
  bytes: 300_000_000,
}

const JOB: Job = {
  id: '6a1d1c1e-0000-4000-8000-000000000001',
  repository: 'shop',
  kind: 'index',
  state: 'succeeded',
  progress: {},
  createdAt: new Date('2026-11-20T10:00:00Z'),
  startedAt: new Date('2026-11-20T10:00:01Z'),
  finishedAt: new Date('2026-11-20T10:00:03.500Z'),
}

const ANSWER: SearchAnswer = {
  results: [],
  modes: ['lexical'],
  models: [],
  degraded: 'Ollama does not answer',
  latencyMs: 2,
}

/** Returns the metrics of a healthy service, with the sources that the test overrides. */
export const metricsOf = (sources: Partial<StateSources> = {}): Metrics =>
  makeMetrics({
    ready: async () => {},
    checkEmbedder: async () => ({ state: 'ready' }),
    isBreakerOpen: () => false,
    repositories: async () => [REPOSITORY],
    openJobs: async () => [{ kind: 'index', state: 'queued', count: 2, oldestSeconds: 90 }],
    backupRuns: async () => [BACKUP_RUN, { ...BACKUP_RUN, kind: 'restore_test', seconds: 80 }],
    listedSources: async () => [
      { url: 'https://github.com/acme', listedAt: new Date('2026-11-20T10:00:00Z'), repositories: 12 },
      { url: 'https://github.com/other', repositories: 0 },
    ],
    connections: () => ({ used: 2, idle: 1, pending: 4, max: 5 }),
    memoryLimitBytes: 2_000_000,
    ...sources,
  })

/** Counts one of everything. */
export function exercised(metrics: Metrics): Metrics {
  metrics.inFlight(1)
  metrics.request({ method: 'POST', route: '/mcp', status: 200, seconds: 0.02 })
  metrics.request({ method: 'POST', route: '/v1/search', status: 503, seconds: 0.02 })
  metrics.toolCall({ tool: 'search_code', seconds: 0.02 })
  metrics.toolCall({ tool: 'search_code', seconds: 0.2, fault: 'database_unavailable' })
  metrics.search(ANSWER)
  metrics.job(JOB)
  metrics.embedding({ purpose: 'document', texts: 16, seconds: 0.1 })
  metrics.embedding({ purpose: 'query', texts: 0, seconds: 0.1, fault: 'embedder_unavailable' })
  return metrics
}

export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * Parses Prometheus' text format.
 * @throws Error if a line is neither a series nor a comment
 */
export function seriesOf(text: string): Series[] {
  return text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('# ')) return []
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (match === null) throw new Error(`this is not a series: ${line}`)
    const [, name = '', labels = '', value] = match
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label, text])
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })
}
