import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { eachToken } from '../../../service/lexical/terms.ts'
import { TokenMemory } from '../../../service/lexical/token-memory.ts'

const noStrings = () => 0

test('the memory for tokens stays below its limit, however many there are', () => {
  const memory = new TokenMemory<string>(100_000)
  for (let at = 0; at < 5000; at++) {
    memory.get(`token${at}`, (token) => token, noStrings)
    expect(memory.bytes).toBeLessThanOrEqual(100_000)
  }
})

test('a token that is looked up often is kept, and one that was looked up once is not', () => {
  const memory = new TokenMemory<string>(100_000)
  const made: string[] = []
  const ask = (token: string) => memory.get(token, () => `${made.push(token)}`, noStrings)
  for (let at = 0; at < 5000; at++) {
    ask('often')
    ask(`once${at}`)
  }
  ask('once0')
  expect(made.filter((token) => token === 'often')).toHaveLength(1)
  expect(made.filter((token) => token === 'once0')).toHaveLength(2)
})

test('the strings in a value count towards the limit', () => {
  const memory = new TokenMemory<string[]>(1_000_000)
  memory.get(
    'few',
    () => [],
    () => 0,
  )
  const few = memory.bytes
  memory.get(
    'lot',
    () => [],
    () => 100,
  )
  expect(memory.bytes - few).toBeGreaterThan(few + 100 * 40)
})

test('a kept token does not keep its text in memory', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const memory = new TokenMemory<string>(1_000_000)
  const usedMb = () => {
    collect()
    return process.memoryUsage().heapUsed / 2 ** 20
  }
  const before = usedMb()
  for (let at = 0; at < 40; at++) {
    const text = `theTokenOfThisTextIs${at} ${`${at} `.repeat(2 ** 17)}`
    eachToken(text, (token) => {
      if (token.startsWith('the')) memory.get(token, (own) => own, noStrings)
    })
  }
  expect(memory.bytes).toBeGreaterThan(40 * 240)
  expect(usedMb() - before).toBeLessThan(5)
})
