import { course, type Row } from './panel.ts'
import { selected } from './selected.ts'

const PROCESS = '{{component}} {{instance}}'

export const RESOURCES_ROW: Row = {
  title: 'Resources',
  panels: [
    course({
      title: 'Memory',
      description: 'What a process takes, and what it may take before the engine kills it.',
      unit: 'bytes',
      queries: [
        { expr: selected('process_resident_memory_bytes'), legend: PROCESS },
        { expr: selected('codebase_memory_limit_bytes'), legend: `${PROCESS} limit` },
      ],
    }),
    course({
      title: 'Processors',
      description: 'How many processors a process keeps busy.',
      unit: 'short',
      queries: [{ expr: `rate(${selected('process_cpu_seconds_total')}[$__rate_interval])`, legend: PROCESS }],
    }),
    course({
      title: 'Event loop',
      description: 'How late the event loop is at most in 99 % of the time: all that a process answers waits for it.',
      unit: 's',
      queries: [{ expr: selected('nodejs_eventloop_lag_p99_seconds'), legend: PROCESS }],
    }),
    course({
      title: 'Connections to the database',
      description: 'Used ones, and how many there may be.',
      unit: 'short',
      queries: [
        { expr: selected('db_client_connection_count', 'db_client_connection_state="used"'), legend: PROCESS },
        { expr: selected('db_client_connection_max'), legend: `${PROCESS} limit` },
      ],
    }),
    course({
      title: 'Waiting for a connection',
      description: 'Requests that wait because all connections of their process are used.',
      unit: 'short',
      queries: [{ expr: selected('db_client_connection_pending_requests'), legend: PROCESS }],
    }),
    course({
      title: 'Heap',
      description: 'What JavaScript holds of the memory.',
      unit: 'bytes',
      queries: [{ expr: selected('nodejs_heap_size_used_bytes'), legend: PROCESS }],
    }),
    course({
      title: 'Starts',
      description: 'How often a process was started anew in the hour before.',
      unit: 'short',
      queries: [{ expr: `changes(${selected('process_start_time_seconds')}[1h])`, legend: PROCESS }],
    }),
  ],
}
