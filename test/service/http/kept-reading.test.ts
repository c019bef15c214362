import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { keepFresh, makeKeptReading, type ReadingLimits } from '../../../service/http/kept-reading.ts'

const LIMITS = { deadlineMs: 1, keepMs: 5, share: 0.05, now: () => 0 } satisfies ReadingLimits

test('reads once for all simultaneous callers, and keeps the value for a while', async () => {
  let now = 0
  let reads = 0
  const reading = makeKeptReading(async () => ++reads, { ...LIMITS, now: () => now })
  expect(await Promise.all([reading(), reading()])).toEqual([1, 1])
  now = 4
  expect(await reading()).toBe(1)
  now = 5
  expect(await reading()).toBe(2)
})

test('keeps a slow reading long enough that reading takes only its share of the time', async () => {
  let now = 0
  let reads = 0
  const slow = async () => {
    now += 10
    return ++reads
  }
  const reading = makeKeptReading(slow, { ...LIMITS, now: () => now })
  expect(await reading()).toBe(1)
  now = 10 + 199
  expect(await reading()).toBe(1)
  now = 10 + 200
  expect(await reading()).toBe(2)
})

test('has no value while the first reading is late, and the late value afterwards', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const reading = makeKeptReading(() => promise, LIMITS)
  expect(await reading()).toBeUndefined()
  resolve('read')
  await promise
  expect(await reading()).toBe('read')
})

test('keeps the previous value while the next reading is late', async () => {
  let now = 0
  const answers = [Promise.resolve('first'), new Promise<string>(() => {})]
  const reading = makeKeptReading(() => answers.shift() as Promise<string>, { ...LIMITS, now: () => now })
  await reading()
  now = 100
  expect(await reading()).toBe('first')
})

test('returns the previous value immediately if told not to wait', async () => {
  let now = 0
  const answers = [Promise.resolve('first'), new Promise<string>(() => {})]
  const read = () => answers.shift() as Promise<string>
  const reading = makeKeptReading(read, { ...LIMITS, deadlineMs: 60_000, againMs: 0, now: () => now })
  expect(await reading()).toBe('first')
  now = 100
  expect(await reading()).toBe('first')
  expect(answers).toEqual([])
})

test('reads again soon after a slow failure', async () => {
  let now = 0
  let tries = 0
  const failing = async () => {
    tries++
    now += 1000
    throw new Error('down')
  }
  const reading = makeKeptReading(failing, { ...LIMITS, now: () => now })
  await reading()
  now = 1005
  await reading()
  expect(tries).toBe(2)
})

test('has no value after a failed reading, and reads again', async () => {
  let now = 0
  const answers = [async () => 'first', () => Promise.reject(new Error('down')), async () => 'third']
  const reading = makeKeptReading(() => (answers.shift() as () => Promise<string>)(), { ...LIMITS, now: () => now })
  const read: unknown[] = []
  for (now of [0, 100, 200]) read.push(await reading())
  expect(read).toEqual(['first', undefined, 'third'])
})

test('with a refresher answers immediately, however long the next reading takes', async () => {
  const answers = [async () => 'first', () => new Promise<string>(() => {})]
  const reading = keepFresh(() => (answers.shift() as () => Promise<string>)(), { everyMs: 1, firstMs: 1000 })
  onTestFinished(() => reading.stop())
  expect(await reading.latest()).toBe('first')
  await expect.poll(() => answers.length).toBe(0)
  expect(await reading.latest()).toBe('first')
})

test('with a refresher returns the failure until a reading succeeds', async () => {
  let isDown = true
  const read = async () => {
    if (isDown) throw new Error('down')
    return 'up'
  }
  const reading = keepFresh(read, { everyMs: 1, firstMs: 1000 })
  onTestFinished(() => reading.stop())
  await expect(reading.latest()).rejects.toThrow('down')
  isDown = false
  await expect.poll(() => reading.latest().catch(() => undefined)).toBe('up')
})

test('with a refresher only waits a moment for its first reading', async () => {
  const reading = keepFresh(() => new Promise(() => {}), { everyMs: 1, firstMs: 1 })
  onTestFinished(() => reading.stop())
  await expect(reading.latest()).rejects.toMatchObject({ code: 'database_unavailable' })
})

test('with a refresher stops reading once it is stopped', async () => {
  let reads = 0
  const reading = keepFresh(async () => ++reads, { everyMs: 1, firstMs: 1000 })
  await reading.latest()
  reading.stop()
  const before = reads
  await delay(20)
  expect(reads).toBe(before)
})
