import { expect, test } from 'vitest'
import { Budget } from '../../../service/search/grep/budget.ts'

/** Returns a budget with a clock that the test sets. */
function budget() {
  let now = 0
  const made = new Budget(() => now)
  return { budget: made, wait: (ms: number) => (now += ms) }
}

test('a pattern is not slow because its thread started late on a busy machine', () => {
  const { budget: own, wait } = budget()
  wait(1500)
  own.compiled(40)
  expect(own.ended).toBeUndefined()
  own.use(12, 300)
  expect(own.isSlow).toBe(false)
  expect(own.ended).toBeUndefined()
})

test('a pattern is slow if it uses its time and reads little, and then gets less time', () => {
  const { budget: own, wait } = budget()
  own.compiled(5)
  own.use(60, 1000)
  expect(own.isSlow).toBe(true)
  expect(own.ended).toBeUndefined()
  wait(900)
  expect(own.ended).toBe('slow')
})

test('a pattern is slow if it takes long to compile and then matches little', () => {
  const { budget: own } = budget()
  own.compiled(250)
  own.use(60, 1000)
  expect(own.ended).toBe('slow')
})

test('a pattern that reads much is only ended by the clock', () => {
  const { budget: own, wait } = budget()
  own.use(2000, 5_000_000)
  expect(own.ended).toBeUndefined()
  wait(4100)
  expect(own.ended).toBe('late')
})
