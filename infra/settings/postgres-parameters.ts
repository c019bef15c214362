import { z } from 'zod'
import { must, scalar } from './kinds.ts'
import { nearest } from './nearest.ts'

/** Parameters that the stack must set itself, and the setting to use instead, if there is one. */
const OWN: Readonly<Record<string, string>> = {
  shared_buffers: 'postgres.sharedBuffers',
  maintenance_work_mem: 'postgres.maintenanceMemory',
  max_wal_size: 'postgres.walStorage',
  ssl: 'postgres.tls',
  ssl_cert_file: 'postgres.tlsSecret',
  ssl_key_file: 'postgres.tlsSecret',
  ssl_ca_file: 'postgres.tlsSecret',
  hba_file: '',
  ident_file: '',
  config_file: '',
  data_directory: '',
  listen_addresses: '',
  port: '',
  unix_socket_directories: '',
}

/** Parameters that people often set, from which a misspelt name is told. */
const KNOWN =
  'autovacuum autovacuum_max_workers autovacuum_naptime autovacuum_vacuum_cost_delay autovacuum_vacuum_cost_limit autovacuum_vacuum_scale_factor autovacuum_analyze_scale_factor checkpoint_completion_target checkpoint_timeout commit_delay cursor_tuple_fraction datestyle deadlock_timeout default_statistics_target default_toast_compression effective_cache_size effective_io_concurrency fsync full_page_writes hash_mem_multiplier huge_pages idle_in_transaction_session_timeout idle_session_timeout jit lc_messages lock_timeout log_autovacuum_min_duration log_checkpoints log_connections log_destination log_disconnections log_duration log_line_prefix log_lock_waits log_min_duration_statement log_min_messages log_rotation_age log_rotation_size log_statement log_temp_files log_timezone logging_collector maintenance_io_concurrency max_connections max_locks_per_transaction max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather max_replication_slots max_slot_wal_keep_size max_standby_streaming_delay max_wal_senders max_worker_processes min_wal_size password_encryption random_page_cost row_security seq_page_cost shared_preload_libraries statement_timeout superuser_reserved_connections synchronous_commit tcp_keepalives_count tcp_keepalives_idle tcp_keepalives_interval tcp_user_timeout temp_buffers temp_file_limit timezone track_activity_query_size track_io_timing transaction_timeout wal_buffers wal_compression wal_keep_size wal_level wal_log_hints wal_writer_delay work_mem'.split(
    ' ',
  )

/** Name of a parameter; one of an extension follows the extension's. */
const NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'us', 'ms', 's', 'min', 'h', 'd']

/** Parameters of Postgres by name, as `postgres -c` takes them. */
export const parameters = z
  .record(z.string(), scalar, { error: must('parameters by name') })
  .superRefine((given, context) => {
    for (const [name, value] of Object.entries(given)) {
      const message = faultOf(name, value)
      if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message })
    }
  })
  .meta({ keyed: true })

function faultOf(name: string, value: string): string | undefined {
  if (!NAME.test(name)) return 'is not the name of a parameter'
  const own = OWN[name.toLowerCase()]
  if (own !== undefined) return `is set by the stack itself; ${own === '' ? 'remove it' : `set ${own} instead`}`
  const near = KNOWN.includes(name.toLowerCase()) ? undefined : nearest(name.toLowerCase(), KNOWN, 2)
  if (near !== undefined) return `is not a parameter of Postgres; did you mean ${near}?`
  const [, unit] = /^-?\d+(?:\.\d+)?\s*([A-Za-z]+)$/.exec(value) ?? []
  return unit === undefined || UNITS.includes(unit)
    ? undefined
    : `is ${JSON.stringify(value)}, whose unit Postgres does not have; use ${UNITS.join(', ')}`
}
