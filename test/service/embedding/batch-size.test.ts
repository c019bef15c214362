import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeBatchSize } from '../../../service/embedding/batch-size.ts'

test.each([
  [50, 3],
  [1, 64],
  [1000, 1],
])('at %i ms per text the batch size becomes %i', (msPerText, wanted) => {
  const size = makeBatchSize(150, 64)
  for (let round = 0; round < 20; round++) size.observe(size.current(), size.current() * msPerText)
  expect(size.current()).toBe(wanted)
})

test('stays within its bounds whatever it observes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 64 }), fc.double({ min: 0, max: 1e6, noNaN: true }))),
      (seen) => {
        const size = makeBatchSize(150, 64)
        for (const [texts, tookMs] of seen) size.observe(texts, tookMs)
        expect(size.current()).toBeGreaterThanOrEqual(1)
        expect(size.current()).toBeLessThanOrEqual(64)
      },
    ),
  )
})
