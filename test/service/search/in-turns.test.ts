import { expect, test } from 'vitest'
import { inTurns } from '../../../service/search/in-turns.ts'

/** Longer than a slice, so that each step of a computation ends one. */
const STEP_MS = 6

function work(): void {
  const end = performance.now() + STEP_MS
  while (performance.now() < end);
}

/** Counts how often the event loop looks at its sockets and timers until the work is done. */
async function looksDuring(done: Promise<unknown>): Promise<number> {
  let looks = 0
  let going = true
  const look = () => {
    looks++
    if (going) setImmediate(look)
  }
  setImmediate(look)
  await done
  going = false
  return looks
}

test('visits all items in order, however long each takes', async () => {
  const seen: number[] = []
  const items = Array.from({ length: 250 }, (_, at) => at)
  await inTurns(items, (item) => {
    if (item % 100 === 0) work()
    seen.push(item)
  })
  expect(seen).toEqual(items)
})

test('yields after each slice, however many computations there are', async () => {
  const computations = 5
  const steps = 4
  const all = Array.from({ length: computations }, () => inTurns(Array.from({ length: steps }), work, { atOnce: 1 }))
  // Each computation does its first step at once, as it arrives from a socket of its own.
  expect(await looksDuring(Promise.all(all))).toBeGreaterThanOrEqual(computations * (steps - 1))
})

test('a computation that begins while others wait gets its first slice after theirs', async () => {
  const order: string[] = []
  const first = inTurns(
    [1, 2],
    (step) => {
      order.push(`first ${step}`)
      work()
    },
    { atOnce: 1 },
  )
  const second = inTurns([1], (step) => void order.push(`second ${step}`), { atOnce: 1 })
  await Promise.all([first, second])
  expect(order).toEqual(['first 1', 'first 2', 'second 1'])
})

test('a failure of one computation leaves the others their turns', async () => {
  const failing = inTurns(
    [1, 2],
    (step) => {
      work()
      if (step === 2) throw new Error('no such document')
    },
    { atOnce: 1 },
  )
  const other = inTurns([1, 2, 3], work, { atOnce: 1 })
  await expect(failing).rejects.toThrow('no such document')
  await other
  await inTurns([1], work)
})

test('an aborted computation visits nothing more', async () => {
  const aborted = new AbortController()
  const seen: number[] = []
  const computation = inTurns(
    [1, 2, 3],
    (item) => {
      seen.push(item)
      work()
    },
    { atOnce: 1, signal: aborted.signal },
  )
  aborted.abort(new Error('nobody asks any more'))
  await expect(computation).rejects.toThrow('nobody asks any more')
  expect(seen).toEqual([1])
})
