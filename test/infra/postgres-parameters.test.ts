import { describe, expect, test } from 'vitest'
import { read } from './keyed-settings.ts'

const faultsOf = (parameters: object, more: Readonly<Record<string, unknown>> = {}, target = 'kubernetes') => {
  try {
    read({ 'postgres.parameters': parameters, ...more }, target)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('a parameter with which Postgres would not start is refused:', () => {
  test.each<[object, string]>([
    [{ workMem: '64MB' }, 'workMem is not a parameter of Postgres; did you mean work_mem?'],
    [{ 'random-page-cost': 1 }, 'did you mean random_page_cost?'],
    [{ sharedBuffers: '500MB' }, 'did you mean shared_buffers?'],
    [{ pool_node: 3 }, 'postgres.parameters.pool_node is not a parameter of Postgres 17; remove it'],
    [{ fsync: 'maybe' }, 'fsync must be on or off, got "maybe"'],
    [{ wal_level: 'full' }, 'wal_level must be one of minimal, replica, logical, got "full"'],
    [{ log_statement: 'dml' }, 'log_statement must be one of none, ddl, mod, all'],
    [{ max_worker_processes: 'many' }, 'max_worker_processes must be a number, got "many"'],
    [{ max_worker_processes: '8MB' }, 'max_worker_processes must be a number without a unit'],
    [{ checkpoint_timeout: '10MB' }, 'checkpoint_timeout must have a unit of time, us, ms, s, min, h, d, got "10MB"'],
    [{ checkpoint_timeout: '5s' }, 'checkpoint_timeout must be from 30 s to 86400 s, got "5s"'],
    [{ checkpoint_timeout: '2d' }, 'checkpoint_timeout must be from 30 s to 86400 s'],
    [{ work_mem: '16kB' }, 'work_mem must be from 64 kB'],
    [{ work_mem: '' }, 'work_mem must be a number with a unit'],
    [{ temp_buffers: '5min' }, 'temp_buffers must have a unit of bytes'],
    [{ checkpoint_completion_target: 90 }, 'checkpoint_completion_target must be from 0 to 1'],
    [{ default_statistics_target: 20000 }, 'default_statistics_target must be from 1 to 10000'],
    [{ block_size: 16384 }, 'block_size cannot be set'],
    [{ wal_keep_segments: 64 }, 'has not had since version 13, and the image has 17; set wal_keep_size instead'],
    [{ io_method: 'worker' }, 'io_method is a parameter of Postgres 18 and newer, but the image has 17'],
    [{ wal_level: 'minimal' }, 'wal_level is minimal, but max_wal_senders is 10'],
    [{ wal_level: 'minimal', max_wal_senders: 0, archive_mode: true }, 'but archive_mode is true'],
    [{ superuser_reserved_connections: 200, max_connections: 200 }, 'keep 200; raise it or lower those'],
    [{ min_wal_size: '16MB' }, 'min_wal_size is 16MB, which must be at least twice'],
    [{ synchronous_standby_names: '*' }, 'there is no standby, so no transaction would end'],
    [{ huge_pages: 'on' }, 'containers have no huge pages'],
    [{ default_transaction_read_only: 'yes' }, 'the service writes'],
    [
      { shared_preload_libraries: 'pg_stat_statements, pg_cron' },
      'has pg_cron, which pgvector/pgvector:pg17 does not have',
    ],
    [{ lc_messages: 'de_DE.UTF-8' }, 'lc_messages is de_DE.UTF-8, which pgvector/pgvector:pg17 does not have'],
    [{ timezone: 'Europe/Atlantis' }, 'timezone is Europe/Atlantis, which is no time zone'],
    [{ log_destination: 'stdout' }, 'log_destination has stdout'],
  ])('%j', (parameters, message) => {
    expect(faultsOf(parameters)).toContain(message)
  })

  test('by the version of the image, on both targets', () => {
    const of18 = { 'postgres.image': 'pgvector/pgvector:pg18' }
    expect(faultsOf({ io_method: 'io_uring' }, of18)).toBe('')
    expect(faultsOf({ io_method: 'threads' }, of18, 'docker')).toContain('must be one of sync, worker, io_uring')
    expect(faultsOf({ ssl_ecdh_curve: 'X25519' }, of18, 'docker')).toContain('set ssl_groups instead')
    expect(faultsOf({ io_method: 'worker' }, { 'database.cnpg': { image: 'a/postgresql:18' } })).toBe('')
    expect(faultsOf({ wal_level: 'minimal', max_wal_senders: 0 }, { 'database.cnpg': {} })).toContain(
      'CloudNativePG needs replica or logical',
    )
    expect(faultsOf({ transaction_timeout: '1h' }, { 'postgres.image': 'pgvector/pgvector:pg16' })).toContain(
      'is a parameter of Postgres 17 and newer, but the image has 16',
    )
  })
})

test.each<object>([
  { work_mem: '64MB', maintenance_io_concurrency: 0, autovacuum_vacuum_scale_factor: 0.05 },
  { log_min_duration_statement: -1, statement_timeout: '1.5h', checkpoint_timeout: '900' },
  { synchronous_commit: 'false', wal_compression: 'lz4', client_min_messages: 'DEBUG' },
  { jit: 'TRUE', ssl_min_protocol_version: 'TLSv1.3', bytea_output: 'hex' },
  { 'pg_stat_statements.max': 5000, shared_preload_libraries: 'pg_stat_statements,auto_explain' },
  { timezone: 'UTC', log_timezone: 'Europe/Berlin', DateStyle: 'ISO, DMY', lc_messages: 'C.UTF-8' },
  { wal_level: 'minimal', max_wal_senders: 0 },
  { effective_cache_size: '4GB', wal_buffers: '-1', random_page_cost: '1.1', temp_file_limit: '10GB' },
  { log_destination: 'stderr,jsonlog', min_wal_size: '1GB', huge_pages: 'try' },
])('parameters that Postgres takes are accepted: %j', (parameters) => {
  expect(faultsOf(parameters)).toBe('')
})

test('an image of one’s own may have other libraries, and a version that is not known may have other parameters', () => {
  const own = { 'postgres.image': 'registry.example.com/postgres:stable' }
  expect(faultsOf({ shared_preload_libraries: 'pg_cron', of_the_future: 1 }, own)).toBe('')
})
