import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeOllama, type OllamaLimits } from '../../../service/embedding/ollama.ts'
import { type FakeOllama, startFakeOllama } from '../../fakes/ollama.ts'

let ollama: FakeOllama
let asked: number
beforeEach(async () => {
  ollama = await startFakeOllama()
  asked = 0
  ollama.onRequest = (path) => {
    if (path === '/api/embed') asked++
  }
})
afterEach(() => ollama.stop())

const embedder = (limits: Partial<OllamaLimits> = {}) => makeOllama({ url: ollama.url, model: 'all-minilm' }, limits)
const PATIENT = { queryPatienceMs: 60_000 }

test('caches the vector of a question', async () => {
  const own = embedder(PATIENT)
  const first = await own.embedQuery('where is the parser')
  expect(await own.embedQuery('where is the parser')).toBe(first)
  expect(asked).toBe(1)
})

test('evicts the least recently asked question', async () => {
  const own = embedder({ ...PATIENT, queriesRemembered: 2 })
  for (const question of ['a', 'b', 'a', 'c', 'a']) await own.embedQuery(question)
  expect(asked).toBe(3)
  await own.embedQuery('b')
  expect(asked).toBe(4)
})

test('sends one request for a question that many ask at the same time', async () => {
  const own = embedder(PATIENT)
  await Promise.all(Array.from({ length: 20 }, () => own.embedQuery('the same')))
  expect(asked).toBe(1)
})

test('does not ask an Ollama that was down a moment ago, and asks it again later', async () => {
  await ollama.stop()
  const own = embedder({ ...PATIENT, breakerOpenMs: 0 })
  await expect(own.embedQuery('x')).rejects.toMatchObject({ code: 'embedder_unavailable' })
  await ollama.start()
  expect(await own.embedQuery('x')).toHaveLength(32)

  await ollama.stop()
  const wary = embedder({ ...PATIENT, breakerOpenMs: 60_000 })
  await expect(wary.embedQuery('x')).rejects.toThrow('refuses connections')
  await ollama.start()
  asked = 0
  await expect(wary.embedQuery('x')).rejects.toThrow('refuses connections')
  expect(asked).toBe(0)
})

test('an embedded document shows that Ollama is back', async () => {
  await ollama.stop()
  const own = embedder({ ...PATIENT, breakerOpenMs: 60_000 })
  await expect(own.embedQuery('x')).rejects.toThrow('refuses connections')
  await ollama.start()
  await own.embedDocuments(['y'])
  expect(await own.embedQuery('x')).toHaveLength(32)
})

test('does not wait for a slow Ollama, but caches its late answer', async () => {
  ollama.fault = 'held'
  const own = embedder({ queryPatienceMs: 1 })
  await expect(own.embedQuery('first')).rejects.toThrow(/has not answered yet.*within 1 ms/)
  await expect(own.embedQuery('next')).rejects.toThrow(/has not answered yet.*earlier question/)
  ollama.fault = undefined
  ollama.release()
  await expect.poll(() => own.embedQuery('first').catch(() => undefined)).toHaveLength(32)
  expect(ollama.embedded).toEqual(['first'])
})

test.each(['dripping', 'status_500', 'status_503', 'cut_json', 'html', 'nan', 'short_batch', 'error_in_200'] as const)(
  'fails a question on %s',
  async (fault) => {
    ollama.fault = fault
    await expect(embedder().embedQuery('x')).rejects.toMatchObject({ name: 'Fault' })
  },
)

test('lets questions go before the next documents', async () => {
  const own = embedder({ ...PATIENT, batchMax: 1 })
  let question: Promise<unknown> | undefined
  ollama.onRequest = (path) => {
    if (path === '/api/embed') question ??= own.embedQuery('question')
  }
  await own.embedDocuments(['one', 'two', 'three', 'four'])
  await question
  expect(ollama.embedded.indexOf('question')).toBeLessThan(3)
})
