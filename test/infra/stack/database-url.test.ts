import { expect, test } from 'vitest'
import { databaseUrlIn } from '../../stack/database-url.ts'

test("the URL of the database is the service's, as seen from this machine", () => {
  const state = JSON.stringify({
    migration: { plaintext: JSON.stringify('postgres://codebase_migrator:m1@postgres:5432/codebase') },
    service: { plaintext: JSON.stringify('postgres://codebase:s3cret@postgres:5432/codebase') },
  })
  expect(databaseUrlIn(state, 15432)).toBe('postgres://codebase:s3cret@127.0.0.1:15432/codebase')
})

test('a state without a database is reported', () => {
  expect(() => databaseUrlIn('{}', 1)).toThrow('holds no URL of its database')
})
