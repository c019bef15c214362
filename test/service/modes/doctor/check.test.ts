import { expect, test } from 'vitest'
import { Fault } from '../../../../service/errors.ts'
import { type Check, overall, runCheck } from '../../../../service/modes/doctor/check.ts'
import { reportJson, reportLines } from '../../../../service/modes/doctor.ts'

const check = (look: Check['look'], rest: Partial<Check> = {}): Check => ({
  name: 'part',
  deadlineMs: 60_000,
  late: { state: 'failing', remedy: 'Look at it' },
  look,
  ...rest,
})
const run = (one: Check, ...faulty: string[]) => runCheck(one, new Set(faulty))

test('a part that never answers is a finding, and is aborted', async () => {
  let gaveUp = false
  const never = check(
    (signal) => {
      signal.addEventListener('abort', () => (gaveUp = true))
      return new Promise(() => {})
    },
    { deadlineMs: 1 },
  )
  expect(await run(never)).toEqual([
    { name: 'part', state: 'failing', detail: 'did not answer within 0.001 s', remedy: 'Look at it' },
  ])
  expect(gaveUp).toBe(true)
})

test('a fault is a finding with its own message, any other error one with its message', async () => {
  const fault = new Fault('database_unavailable', 'Postgres is down', 'Start it')
  expect(await run(check(() => Promise.reject(fault)))).toEqual([
    { name: 'part', state: 'failing', detail: 'Postgres is down', remedy: 'Start it' },
  ])
  expect(await run(check(() => Promise.reject(new Error('permission denied for table job'))))).toMatchObject([
    { state: 'failing', detail: 'could not be checked: permission denied for table job' },
  ])
})

test('a part whose variable is faulty is not checked', async () => {
  const asked = check(() => Promise.reject(new Error('asked')), { variables: ['PORT', 'HOST'] })
  expect(await run(asked, 'PORT', 'LOG_LEVEL')).toEqual([
    { name: 'part', state: 'warning', detail: 'not checked, because PORT cannot be used', remedy: 'See settings' },
  ])
})

test('the report has one line per finding, the remedy below it, and the same as JSON', () => {
  const findings = [
    { name: 'node', state: 'ok', detail: '24.21.0' },
    { name: 'database', state: 'failing', detail: 'down\nand out', remedy: 'Start it' },
    { name: 'disk', state: 'warning', detail: '1 MiB free', remedy: 'Make room' },
  ] as const
  expect(reportLines(findings)).toEqual([
    'ok         node      24.21.0',
    'x failing  database  down and out',
    '                     Start it',
    '! warning  disk      1 MiB free',
    '                     Make room',
    '',
    '1 failing, 1 warning, 1 ok',
  ])
  expect(JSON.parse(reportJson(findings))).toEqual({ state: 'failing', checks: findings })
  expect([overall([]), overall([findings[0], findings[2]])]).toEqual(['ok', 'warning'])
})
