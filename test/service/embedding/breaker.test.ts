import { expect, test } from 'vitest'
import { makeBreaker } from '../../../service/embedding/breaker.ts'
import { unavailable } from '../../../service/embedding/faults.ts'

const down = async () => {
  throw unavailable('http://ollama', 'refuses connections')
}

test('lets one call through after it was open for long enough, and the others if that one succeeds', async () => {
  let now = 0
  const breaker = makeBreaker(5, () => now)
  await expect(breaker.whenUp(down)).rejects.toThrow('refuses')
  await expect(breaker.whenUp(async () => 'up')).rejects.toThrow('refuses')
  now = 5
  const { promise, resolve } = Promise.withResolvers<string>()
  const probe = breaker.whenUp(() => promise)
  await expect(breaker.whenUp(async () => 'up')).rejects.toThrow('refuses')
  resolve('probed')
  expect(await probe).toBe('probed')
  expect(await breaker.whenUp(async () => 'up')).toBe('up')
})

test('opens again if that call fails', async () => {
  let now = 0
  const breaker = makeBreaker(5, () => now)
  await expect(breaker.watch(down)).rejects.toThrow('refuses')
  now = 5
  await expect(breaker.whenUp(down)).rejects.toThrow('refuses')
  await expect(breaker.whenUp(async () => 'up')).rejects.toThrow('refuses')
})

test('stays closed on faults that do not mean that the embedder is down', async () => {
  const breaker = makeBreaker(5, () => 0)
  await expect(breaker.whenUp(() => Promise.reject(new Error('a wrong answer')))).rejects.toThrow('wrong')
  expect(await breaker.whenUp(async () => 'up')).toBe('up')
})

test('reports that it is open until a call succeeds', async () => {
  let now = 0
  const breaker = makeBreaker(5, () => now)
  await expect(breaker.watch(down)).rejects.toThrow('refuses')
  now = 100
  expect(breaker.isOpen()).toBe(true)
  await breaker.whenUp(async () => 'up')
  expect(breaker.isOpen()).toBe(false)
})
