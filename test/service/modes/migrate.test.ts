import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { runProgram } from './run-program.ts'

const folder = temporaryFolders()

describe('migrate', () => {
  test('migrates a new database to the schema of the code; --status reports before and after', async () => {
    const environment = { DATA_FOLDER: join(folder(), 'data') }
    const before = await runProgram(['migrate', '--status'], environment)
    expect(before.code).toBe(1)
    expect(before.stdout).toMatch(/^schema 0 of \d+\npending {2}0001-index\n/)
    const applied = await runProgram(['migrate'], environment)
    expect(applied.code).toBe(0)
    expect(applied.stdout).toMatch(/^schema (\d+) of \1\n$/)
    const after = await runProgram(['migrate', '--status'], environment)
    expect([after.code, after.stdout]).toEqual([0, applied.stdout])
  })

  test('exits with 1 and one message if the data folder cannot be used', async () => {
    const file = join(folder(), 'file')
    writeFileSync(file, '')
    const { code, stderr } = await runProgram(['migrate'], { DATA_FOLDER: join(file, 'data') })
    expect(code).toBe(1)
    expect(stderr).toContain(JSON.stringify(join(file, 'data')))
    expect(stderr).toContain('Set DATA_FOLDER')
  })
})
