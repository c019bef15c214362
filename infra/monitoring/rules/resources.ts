import { series } from '../series.ts'
import type { Rule } from './rule.ts'

/** Alerts about memory and connections. */
export const RESOURCES: readonly Rule[] = [
  {
    alert: 'CodebaseMcpMemoryNearLimit',
    expr: `${series('process_resident_memory_bytes')} / ${series('codebase_memory_limit_bytes')} > 0.9`,
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $labels.component }} uses {{ $value | humanizePercentage }} of its memory limit',
      remedy:
        'Raise server.memory or worker.memory before the engine kills it. Indexing needs the most memory; run it in separate workers',
    },
  },
  {
    alert: 'CodebaseMcpDatabasePoolExhausted',
    expr: `${series('db_client_connection_pending_requests')} > 0`,
    for: '2m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $value }} requests of {{ $labels.component }} are waiting for a database connection',
      remedy:
        'Raise DATABASE_POOL_SIZE and the max_connections of Postgres, or find the slow statement in pg_stat_activity',
    },
  },
]
