import { series } from '../series.ts'
import type { Rule } from './rule.ts'

/** Whether there is enough of what it runs on. */
export const RESOURCES: readonly Rule[] = [
  {
    alert: 'CodebaseMcpMemoryNearLimit',
    expr: `${series('process_resident_memory_bytes')} / ${series('codebase_memory_limit_bytes')} > 0.9`,
    for: '10m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $labels.component }} takes {{ $value | humanizePercentage }} of its memory limit',
      remedy:
        'Raise server.memory or worker.memory before the engine kills it; index runs take most: give them workers of their own',
    },
  },
  {
    alert: 'CodebaseMcpDatabasePoolExhausted',
    expr: `${series('db_client_connection_pending_requests')} > 0`,
    for: '2m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $value }} requests of {{ $labels.component }} wait for a connection to the database',
      remedy:
        'Raise DATABASE_POOL_SIZE, and max_connections of Postgres with it; or find the slow statement in pg_stat_activity',
    },
  },
]
