import pg from 'pg'
import { expect, test } from 'vitest'
import { isOfDatabase, stateFault } from '../../../service/store/state-faults.ts'

const SORT = 'select at from generate_series(1, 100000) as at order by md5(at::text)'
const DEEP = `select ${'abs('.repeat(3000)}1${')'.repeat(3000)}`

test.each([
  ['42501', 'permission denied for table chunk', 'database_not_usable', 'Grant the role'],
  ['42501', 'permission denied for sequence chunk_id_seq', 'database_not_usable', 'Grant the role'],
  ['42501', 'could not open file "base/5/1": Permission denied', 'database_unavailable', 'permissions'],
  ['42P01', 'relation "repository" does not exist', 'schema_outdated', 'run the mode "migrate"'],
  ['42703', 'column file.stamp does not exist', 'schema_outdated', 'run the mode "migrate"'],
  ['58P01', 'could not access file "$libdir/vector": No such file or directory', 'database_not_usable', 'pgvector'],
  ['42704', 'type "halfvec" does not exist', 'database_not_usable', 'pgvector'],
  ['53100', 'could not extend file "base/5/1": No space left on device', 'database_full', 'Make room'],
  ['58030', 'could not extend file "base/5/1": Disk quota exceeded', 'database_full', 'Make room'],
  ['XX000', 'could not extend file "base/5/1": File too large', 'database_full', 'ulimit -f'],
  ['58030', 'could not write to file "pg_wal/1": Input/output error', 'database_unavailable', 'Check the disk'],
  ['25006', 'cannot execute INSERT in a read-only transaction', 'database_read_only', 'primary'],
  ['53200', 'out of memory', 'database_unavailable', 'work_mem'],
  ['53200', 'out of shared memory', 'database_unavailable', 'max_locks_per_transaction'],
  ['53400', 'temporary file size exceeds "temp_file_limit" (0kB)', 'database_not_usable', 'temp_file_limit'],
  ['54001', 'stack depth limit exceeded', 'database_not_usable', 'max_stack_depth'],
  ['XX001', 'invalid page in block 3 of relation base/5/1', 'database_unavailable', 'Restore a backup'],
])('%s, %s, is a state of the database that jobs wait for', (code, message, fault, remedy) => {
  const told = stateFault({ code, message }, 'Postgres at db:5432/index')
  expect(told).toMatchObject({ code: fault, remedy: expect.stringContaining(remedy) })
  expect(told?.message).toContain('Postgres at db:5432/index')
  expect(told?.message).toContain(message)
  expect(isOfDatabase(told)).toBe(true)
})

test.each([
  ['55P03', 'canceling statement due to lock timeout'],
  ['40P01', 'deadlock detected'],
  ['40001', 'could not serialize access due to concurrent update'],
])('%s, %s, is told as a moment in which the database is busy', (code, message) => {
  expect(stateFault({ code, message }, 'Postgres')).toMatchObject({ code: 'overloaded', status: 503 })
})

test.each([
  ['42501', 'permission denied to create extension "vector"'],
  ['42501', 'must be owner of table chunk'],
  ['23505', 'duplicate key value violates unique constraint "file_pkey"'],
  ['42601', 'syntax error at or near "selekt"'],
])('%s, %s, is a fault of the statement', (code, message) => {
  expect(stateFault({ code, message }, 'Postgres')).toBeUndefined()
})

test.skipIf(process.env.TEST_DATABASE_URL === undefined).each([
  ['temporary files', "set temp_file_limit = '1kB'; set work_mem = '64kB'", SORT, 'database_not_usable'],
  ['the depth of statements', "set max_stack_depth = '100kB'", DEEP, 'database_not_usable'],
  ['changes', 'set default_transaction_read_only = on', 'create table t ()', 'database_read_only'],
])('a limit on %s is recognised in a real Postgres', async (_, setting, statement, code) => {
  const client = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL })
  await client.connect()
  try {
    await client.query(setting)
    const error = await client.query(statement).catch((cause: pg.DatabaseError) => cause)
    expect(stateFault(error as pg.DatabaseError, 'Postgres')).toMatchObject({ code })
  } finally {
    await client.end()
  }
})
