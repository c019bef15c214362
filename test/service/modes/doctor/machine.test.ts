import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { diskFinding, memoryFinding, nodeFinding, roomFinding } from '../../../../service/modes/doctor/machine.ts'
import { MIB } from '../../../../service/units.ts'
import { temporaryFolders } from '../../../fakes/temporary-folders.ts'

const temporaryFolder = temporaryFolders()

test('an older Node is a warning', () => {
  expect(nodeFinding('24.0.0')).toEqual({ name: 'node', state: 'ok', detail: '24.0.0' })
  expect(nodeFinding('22.19.0')).toMatchObject({ state: 'warning', detail: expect.stringContaining('22.19.0') })
})

test('the limit of a container overrides the memory of the machine', () => {
  const machine = { totalBytes: 8192 * MIB }
  expect(memoryFinding(machine, 512 * MIB)).toMatchObject({ state: 'ok', detail: '8.0 GiB' })
  expect(memoryFinding({ ...machine, limitBytes: 256 * MIB }, 512 * MIB)).toEqual({
    name: 'memory',
    state: 'warning',
    detail: '256 MiB, which is the limit of the container, less than indexing a large repository takes (512 MiB)',
    remedy: 'Raise the memory limit of the container',
  })
})

describe('the disk', () => {
  test('is a warning below a gibibyte and fails below a hundred mebibytes', () => {
    const state = (mebibytes: number) => roomFinding('disk', '/data', mebibytes * MIB).state
    expect([1024, 1023, 100, 99].map(state)).toEqual(['ok', 'warning', 'warning', 'failing'])
  })

  test('is that of the nearest existing folder', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'not', 'yet')
    expect(await diskFinding('disk', path, 'DATA_FOLDER')).toMatchObject({ detail: expect.stringContaining(path) })
    writeFileSync(join(folder, 'file'), '')
    expect(await diskFinding('disk', join(folder, 'file', 'data'), 'DATA_FOLDER')).toMatchObject({
      state: 'failing',
      detail: expect.stringContaining('cannot be written (ENOTDIR)'),
      remedy: expect.stringContaining('DATA_FOLDER'),
    })
  })
})
