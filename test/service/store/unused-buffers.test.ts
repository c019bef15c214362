import { getHeapStatistics } from 'node:v8'
import { expect, test } from 'vitest'
import { freeUnusedBuffers } from '../../../service/store/embedded/unused-buffers.ts'
import { MIB } from '../../../service/units.ts'

test('buffers of 100 MB that nobody uses any more never take more than a part of it', () => {
  const before = getHeapStatistics().external_memory
  let most = 0
  for (let at = 0; at < 200; at++) {
    new Uint8Array(MIB / 2).fill(at)
    freeUnusedBuffers()
    most = Math.max(most, getHeapStatistics().external_memory - before)
  }
  expect(most).toBeLessThan(40 * MIB)
})
