import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { freeUnusedBuffers } from '../../../service/store/embedded/unused-buffers.ts'
import { MIB } from '../../../service/units.ts'

test('unused buffers are collected each time they have grown by several megabytes, and not each time they are made', async () => {
  let collections = 0
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as PerformanceEntry & { detail: { flags: number } }
      if ((detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0) collections++
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  for (let at = 0; at < 200; at++) {
    new Uint8Array(MIB / 2).fill(at)
    freeUnusedBuffers()
  }
  await expect.poll(() => collections).toBeGreaterThan(1)
  expect(collections).toBeLessThan(20)
  observer.disconnect()
})
