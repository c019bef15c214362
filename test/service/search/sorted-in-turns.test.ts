import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortedInTurns } from '../../../service/search/sorted-in-turns.ts'

interface Item {
  readonly key: number
  readonly at: number
}

const byKey = (one: Item, other: Item) => one.key - other.key

test('sorts as the language does, and equal items keep their order', async () => {
  // More than three runs of a thousand.
  const keys = fc.array(fc.nat(50), { minLength: 0, maxLength: 3500, size: 'max' })
  await fc.assert(
    fc.asyncProperty(keys, async (drawn) => {
      const items = drawn.map((key, at): Item => ({ key, at }))
      expect(await sortedInTurns(items, byKey)).toEqual(items.toSorted(byKey))
    }),
    { numRuns: 30 },
  )
})

test('compares what is sorted already, apart from a few items at the end, only about twice', async () => {
  let comparisons = 0
  const counting = (one: Item, other: Item) => {
    comparisons++
    return byKey(one, other)
  }
  const sorted = Array.from({ length: 10_000 }, (_, key) => ({ key, at: key }))
  await sortedInTurns([...sorted, { key: 5, at: 1 }, { key: 7000, at: 2 }], counting)
  expect(comparisons).toBeLessThan(3.2 * sorted.length)
})
