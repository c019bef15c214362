import { afterEach, describe, expect, test } from 'vitest'
import { makeOllama } from '../../../../service/embedding/ollama.ts'
import { embeddingFinding, ollamaFinding, paceFinding } from '../../../../service/modes/doctor/ollama.ts'
import { MIB } from '../../../../service/units.ts'
import { type FakeOllama, startFakeOllama } from '../../../fakes/ollama.ts'

let ollama: FakeOllama
afterEach(() => ollama.stop())

const { signal } = new AbortController()
const SETTINGS = { isAssumed: false, insecureRegistry: false, memoryBytes: MIB }
const settings = (model = 'all-minilm') => ({ ...SETTINGS, url: ollama.url, model })
const look = (model?: string) => ollamaFinding(settings(model), signal)

describe('Ollama', () => {
  test('is reported with its version, the model and its context', async () => {
    ollama = await startFakeOllama()
    expect(await look()).toEqual({
      name: 'ollama',
      state: 'ok',
      detail: `Ollama 0.17.4 at ${ollama.url} has all-minilm:latest, which reads 512 tokens`,
    })
    expect((await ollamaFinding({ ...SETTINGS, model: 'x' }, signal)).state).toBe('ok')
  })

  test('is a warning with a remedy if it is down or lacks the model', async () => {
    ollama = await startFakeOllama()
    expect(await look('nomic-embed-text')).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('does not have the model nomic-embed-text:latest'),
      remedy: expect.stringContaining('ollama pull nomic-embed-text'),
    })
    ollama.capabilities = ['completion']
    expect(await look()).toMatchObject({ state: 'warning', detail: expect.stringContaining('cannot embed') })
    await ollama.stop()
    const down = await look()
    await ollama.start()
    expect(down).toMatchObject({ state: 'warning', detail: expect.stringContaining(`Ollama at ${ollama.url}`) })
    expect(down.remedy).toContain('Start Ollama')
  })
})

describe('an Ollama that nobody asked for', () => {
  test('is not missed where none runs, and reported like any other where one does', async () => {
    ollama = await startFakeOllama({ models: ['another'] })
    const assumed = { ...settings(), isAssumed: true }
    expect(await ollamaFinding(assumed, signal)).toMatchObject({ state: 'warning' })
    await ollama.stop()
    const away = await ollamaFinding(assumed, signal)
    await ollama.start()
    expect(away).toEqual({
      name: 'ollama',
      state: 'ok',
      detail: `none runs at ${ollama.url}, and none is needed: the model in the package searches by meaning`,
    })
  })
})

describe('an embedding', () => {
  const embed = (known?: number) => {
    return embeddingFinding(makeOllama(settings(), { documentTries: 1 }), async () => known, signal)
  }

  test('is timed, and its dimensions compared with those of the index', async () => {
    ollama = await startFakeOllama({ dimensions: 48 })
    expect(await embed()).toMatchObject({ state: 'ok', detail: expect.stringMatching(/^48 dimensions in \d+ ms/) })
    expect((await embed(48)).state).toBe('ok')
    expect(await embed(384)).toMatchObject({
      state: 'failing',
      detail: expect.stringContaining('vectors of 48 dimensions, but the index holds vectors of 384'),
    })
  })

  test('that Ollama refuses is a warning', async () => {
    ollama = await startFakeOllama({ models: ['another'] })
    expect(await embed()).toMatchObject({ name: 'embedding', state: 'warning' })
  })

  test('that takes longer than a search waits is a warning', async () => {
    ollama = await startFakeOllama()
    expect(paceFinding(384, 4000, 1000).state).toBe('ok')
    expect(paceFinding(384, 4000, 1001)).toMatchObject({
      state: 'warning',
      detail:
        '384 dimensions in 1001 ms (the first in 4000 ms): a search waits 1000 ms at most and then answers without it',
    })
  })
})
