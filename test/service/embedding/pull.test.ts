import { expect, test } from 'vitest'
import { ensureModel, type PullProgress } from '../../../service/embedding/pull.ts'
import { startFakeOllama } from '../../fakes/ollama.ts'

const quiet = { onProgress: () => {}, sleep: async () => {} }
const settings = (url: string, model: string, insecureRegistry = false) => ({ url, model, insecureRegistry })

test('has nothing to do if the model exists', async () => {
  await using ollama = await startFakeOllama({ models: ['all-minilm'] })
  expect(await ensureModel(settings(ollama.url, 'all-minilm:latest'), quiet)).toBe('present')
  expect(ollama.pulls).toEqual([])
})

test('pulls a missing model and reports progress at most once a second', async () => {
  await using ollama = await startFakeOllama({ models: [], pullable: ['all-minilm'] })
  const told: PullProgress[] = []
  let now = 0
  const options = { ...quiet, onProgress: (progress: PullProgress) => told.push(progress), now: () => (now += 600) }
  expect(await ensureModel(settings(ollama.url, 'all-minilm'), options)).toBe('pulled')
  expect(told.map(({ status, completed }) => [status, completed])).toEqual([
    ['pulling manifest', undefined],
    ['pulling 330437513712', 200],
  ])
})

test.each([
  ['all-minilm', false, false],
  ['10.0.0.5:5001/library/all-minilm', true, true],
  ['http://10.0.0.5:5001/library/all-minilm', false, true],
])('pulls %s, if settings say %s, with insecure %s', async (model, insecureRegistry, insecure) => {
  await using ollama = await startFakeOllama({ models: [], pullable: [model] })
  await ensureModel(settings(ollama.url, model, insecureRegistry), quiet)
  expect(ollama.pulls).toMatchObject([{ model, insecure }])
})

test.each([
  ['pull model manifest: file does not exist', /Check EMBEDDING_MODEL/],
  ['pull model manifest: Get "http://10.0.0.5:9/v2/": dial tcp 10.0.0.5:9: connect: connection refused', /registry/],
  ['Get "https://10.0.0.5/v2/": tls: first record does not look like a TLS handshake', /EMBEDDING_MODEL_INSECURE/],
])('says what to do if a pull ends in %j', async (error, remedy) => {
  await using ollama = await startFakeOllama({ models: [] })
  ollama.pullError = error
  await expect(ensureModel(settings(ollama.url, 'nope'), quiet)).rejects.toMatchObject({
    code: 'embedding_model_missing',
    message: `Ollama at ${ollama.url} could not pull the model nope: ${error}`,
    remedy: expect.stringMatching(remedy),
  })
})

test('waits for an Ollama that starts later', async () => {
  await using ollama = await startFakeOllama()
  await ollama.stop()
  let waits = 0
  const sleep = async () => {
    if (++waits === 5) await ollama.start()
  }
  expect(await ensureModel(settings(ollama.url, 'all-minilm'), { ...quiet, sleep })).toBe('present')
})

test('gives up on an Ollama that never starts after 30 attempts with growing pauses', async () => {
  const ollama = await startFakeOllama()
  await ollama.stop()
  const waits: number[] = []
  const sleep = async (ms: number) => void waits.push(ms)
  await expect(ensureModel(settings(ollama.url, 'all-minilm'), { ...quiet, sleep })).rejects.toMatchObject({
    code: 'embedder_unavailable',
    message: expect.stringContaining('tried 30 times'),
  })
  expect(waits).toHaveLength(29)
  expect(waits.slice(0, 6)).toEqual([100, 200, 400, 800, 1600, 2500])
})
