import { course, type Row } from './panel.ts'
import { selected } from './selected.ts'

const PROCESS = '{{component}} {{instance}}'

export const RESOURCES_ROW: Row = {
  title: 'Resources',
  panels: [
    course({
      title: 'Memory',
      description: 'Memory of each process, and the limit at which the engine kills it.',
      unit: 'bytes',
      queries: [
        { expr: selected('process_resident_memory_bytes'), legend: PROCESS },
        { expr: selected('codebase_memory_limit_bytes'), legend: `${PROCESS} limit` },
      ],
    }),
    course({
      title: 'CPU',
      description: 'Number of CPUs that each process uses.',
      unit: 'short',
      queries: [{ expr: `rate(${selected('process_cpu_seconds_total')}[$__rate_interval])`, legend: PROCESS }],
    }),
    course({
      title: 'Event loop',
      description: '99th percentile of the event loop’s delay. Every answer of a process waits for the event loop.',
      unit: 's',
      queries: [{ expr: selected('nodejs_eventloop_lag_p99_seconds'), legend: PROCESS }],
    }),
    course({
      title: 'Database connections',
      description: 'Connections in use, and the maximum.',
      unit: 'short',
      queries: [
        { expr: selected('db_client_connection_count', 'db_client_connection_state="used"'), legend: PROCESS },
        { expr: selected('db_client_connection_max'), legend: `${PROCESS} limit` },
      ],
    }),
    course({
      title: 'Waiting for a connection',
      description: 'Requests that wait because all connections of their process are in use.',
      unit: 'short',
      queries: [{ expr: selected('db_client_connection_pending_requests'), legend: PROCESS }],
    }),
    course({
      title: 'Heap',
      description: 'Memory used by the JavaScript heap.',
      unit: 'bytes',
      queries: [{ expr: selected('nodejs_heap_size_used_bytes'), legend: PROCESS }],
    }),
    course({
      title: 'Restarts',
      description: 'Number of restarts in the last hour.',
      unit: 'short',
      queries: [{ expr: `changes(${selected('process_start_time_seconds')}[1h])`, legend: PROCESS }],
    }),
  ],
}
