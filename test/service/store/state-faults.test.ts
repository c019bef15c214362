import { expect, test } from 'vitest'
import { isOfDatabase, stateFault } from '../../../service/store/state-faults.ts'

test.each([
  ['42501', 'permission denied for table chunk', 'database_not_usable', 'Grant the role'],
  ['42501', 'permission denied for sequence chunk_id_seq', 'database_not_usable', 'Grant the role'],
  ['42501', 'could not open file "base/5/1": Permission denied', 'database_unavailable', 'permissions'],
  ['42P01', 'relation "repository" does not exist', 'schema_outdated', 'run the mode "migrate"'],
  ['42703', 'column file.stamp does not exist', 'schema_outdated', 'run the mode "migrate"'],
  ['58P01', 'could not access file "$libdir/vector": No such file or directory', 'database_not_usable', 'pgvector'],
  ['42704', 'type "halfvec" does not exist', 'database_not_usable', 'pgvector'],
  ['53100', 'could not extend file "base/5/1": No space left on device', 'database_full', 'Make room'],
  ['25006', 'cannot execute INSERT in a read-only transaction', 'database_read_only', 'primary'],
])('%s, %s, is a state of the database that jobs wait for', (code, message, fault, remedy) => {
  const told = stateFault({ code, message }, 'Postgres at db:5432/index')
  expect(told).toMatchObject({ code: fault, remedy: expect.stringContaining(remedy) })
  expect(told?.message).toContain('Postgres at db:5432/index')
  expect(told?.message).toContain(message)
  expect(isOfDatabase(told)).toBe(true)
})

test.each([
  ['42501', 'permission denied to create extension "vector"'],
  ['42501', 'must be owner of table chunk'],
  ['23505', 'duplicate key value violates unique constraint "file_pkey"'],
  ['42601', 'syntax error at or near "selekt"'],
])('%s, %s, is a fault of the statement', (code, message) => {
  expect(stateFault({ code, message }, 'Postgres')).toBeUndefined()
})
