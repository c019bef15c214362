import { expect, test } from 'vitest'
import { asFault, FAULTS, Fault } from '../../service/errors.ts'

test('every fault has a code in snake case, a legal status and an exit code', () => {
  for (const [code, { status, exit }] of Object.entries(FAULTS)) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect(exit).toBeGreaterThan(0)
  }
})

test('an unexpected error becomes an internal fault that reveals nothing and keeps its cause', () => {
  const cause = new Error('password is hunter2')
  const fault = asFault(cause)
  expect(fault.status).toBe(500)
  expect(`${fault.message} ${fault.remedy}`).not.toContain('hunter2')
  expect(fault.cause).toBe(cause)
})

test('a fault stays itself', () => {
  const fault = new Fault('file_unknown', 'There is no such file', 'List the files')
  expect(asFault(fault)).toBe(fault)
  expect(fault.status).toBe(404)
})

test('An error because of a limit of the process is told with the limit to raise, and not as an internal one', () => {
  for (const [code, limit] of Object.entries({ EMFILE: 'ulimit -n', ENFILE: 'ulimit -n', EFBIG: 'ulimit -f' })) {
    const error = Object.assign(new Error(`${code}: the system's words, open '/work/a'`), { code })
    expect(asFault(error)).toMatchObject({ code: 'overloaded', remedy: expect.stringContaining(limit) })
  }
  expect(asFault(Object.assign(new Error('x'), { code: 'ENOENT' }))).toMatchObject({ code: 'internal' })
})
