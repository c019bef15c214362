import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Fault } from '../../service/errors.ts'
import { makeLog } from '../../service/log.ts'

test.each([
  ['a folder', tmpdir()],
  ['in a folder that nobody can make', '/dev/null/log'],
  ['in a path that is not a folder', join(import.meta.filename, 'log')],
])('a log file that is %s is reported as a fault of the settings, by name', (_, file) => {
  const open = () => makeLog({ level: 'info', file })
  expect(open).toThrow(`LOG_FILE is ${file}, which cannot be written`)
  expect(open).toThrow(Fault)
})
