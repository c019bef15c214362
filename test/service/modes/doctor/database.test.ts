import { describe, expect, test } from 'vitest'
import {
  clockFinding,
  clockSkew,
  engineFinding,
  poolFinding,
  schemaFinding,
} from '../../../../service/modes/doctor/database.ts'
import { MIB } from '../../../../service/units.ts'

describe('the engine', () => {
  const facts = { version: '17.6', versionNumber: 170006, bytes: 12 * MIB }

  test('is reported with its versions and size', () => {
    expect(engineFinding({ ...facts, pgvector: '0.8.1' }, 'db:5432/app')).toEqual({
      name: 'database',
      state: 'ok',
      detail: 'Postgres 17.6 (db:5432/app), pgvector 0.8.1, 12 MiB',
    })
  })

  test('fails if it is too old or pgvector is missing or too old', () => {
    const old = { version: '12.22', versionNumber: 120022, bytes: 0, pgvector: '0.8.1' }
    expect(engineFinding(old, 'db')).toMatchObject({ state: 'failing', remedy: 'Use Postgres 13 or newer' })
    expect(engineFinding(facts, 'db')).toMatchObject({ state: 'failing', detail: expect.stringContaining('missing') })
    expect(engineFinding({ ...facts, pgvector: '0.7.4', pgvectorOnServer: '0.8.1' }, 'db')).toMatchObject({
      state: 'failing',
      remedy: expect.stringContaining('alter extension vector update'),
    })
  })

  test('does not fail before the first migration creates pgvector', () => {
    expect(engineFinding({ ...facts, pgvectorOnServer: '0.8.1' }, 'db').state).toBe('ok')
    expect(engineFinding({ ...facts, pgvectorOnServer: '0.7.0' }, 'db').state).toBe('failing')
  })
})

test('a pending migration is a warning if the next start applies it, a newer schema always fails', () => {
  const pending = { current: 1, latest: 2, pending: ['0002-more'] }
  expect(schemaFinding({ current: 2, latest: 2, pending: [] }, true).state).toBe('ok')
  expect(schemaFinding(pending, true)).toMatchObject({ state: 'warning', detail: expect.stringContaining('0002-more') })
  expect(schemaFinding(pending, false)).toMatchObject({ state: 'failing', remedy: expect.stringContaining('migrate') })
  expect(schemaFinding({ current: 3, latest: 2, pending: [], tooNew: 3 }, true).state).toBe('failing')
})

test('fewer connections than the pool may open are a warning', () => {
  expect(poolFinding({ used: 92, limit: 97 }, 5).state).toBe('ok')
  expect(poolFinding({ used: 93, limit: 97 }, 5).state).toBe('warning')
})

test('clocks are compared with the middle of the query, and may differ by five seconds', async () => {
  const times = [10_000, 12_000]
  const skew = await clockSkew(
    async () => new Date(4_000),
    () => times.shift() as number,
  )
  expect(skew).toBe(-7_000)
  expect(clockFinding(skew)).toMatchObject({
    state: 'warning',
    detail: expect.stringContaining("7.0 s behind this machine's"),
    remedy: expect.stringContaining('NTP'),
  })
  expect(clockFinding(5_000).state).toBe('ok')
})
