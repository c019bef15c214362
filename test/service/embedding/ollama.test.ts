import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeOllama, type OllamaLimits } from '../../../service/embedding/ollama.ts'
import { hashedVector } from '../../fakes/hashed-vector.ts'
import { type FakeOllama, startFakeOllama } from '../../fakes/ollama.ts'

const QUICK: Partial<OllamaLimits> = { retryDelayMs: 1 }

let ollama: FakeOllama
beforeEach(async () => {
  ollama = await startFakeOllama({ context: 100 })
})
afterEach(() => ollama.stop())

const embedder = (model = 'all-minilm', limits: Partial<OllamaLimits> = {}) =>
  makeOllama({ url: ollama.url, model }, { ...QUICK, ...limits })
const cosine = (one: Float32Array, other: ArrayLike<number>) =>
  one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0)
const faultOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as Error & { code?: string; remedy?: string },
  )

describe('embedding documents', () => {
  test('returns a vector of unit length for each text, in order', async () => {
    const texts = Array.from({ length: 150 }, (_, at) => `function number${at} does ${at}`)
    const vectors = await embedder().embedDocuments(texts)
    expect(vectors).toHaveLength(texts.length)
    for (const [at, vector] of vectors.entries()) {
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
      expect(cosine(vector, hashedVector(texts[at] ?? '', 32))).toBeCloseTo(1, 5)
    }
  })

  test('awaits its turn before each request, and a question does not', async () => {
    const order: string[] = []
    ollama.onRequest = (path) => path === '/api/embed' && order.push('request')
    const turn = async () => void order.push('turn')
    const polite = makeOllama({ url: ollama.url, model: 'all-minilm' }, { ...QUICK, batchMax: 2 }, turn)
    await polite.embedDocuments(['one', 'two', 'three'])
    await polite.embedQuery('which is the first')
    expect(order).toEqual(['turn', 'request', 'turn', 'request', 'request'])
  })

  test('sends no request without texts', async () => {
    const paths: string[] = []
    ollama.onRequest = (path) => paths.push(path)
    expect(await embedder().embedDocuments([])).toEqual([])
    expect(paths).not.toContain('/api/embed')
  })

  test('splits a text that is longer than the context before it is sent, and returns the mean of its pieces', async () => {
    const [vector] = await embedder().embedDocuments([`${'alpha '.repeat(100)}\n${'omega '.repeat(100)}`])
    expect(ollama.embedded.length).toBeGreaterThan(1)
    expect(cosine(vector as Float32Array, hashedVector('alpha omega', 32))).toBeCloseTo(1, 2)
  })

  test('halves a text that Ollama finds too long, without losing the others of its batch', async () => {
    const dense = 'aBcDeFgHiJkLmNoPqRsTuVwXyZ'.repeat(5)
    const [first, second] = await embedder().embedDocuments(['one small text', dense])
    expect(cosine(first as Float32Array, hashedVector('one small text', 32))).toBeCloseTo(1, 5)
    expect(Math.hypot(...(second as Float32Array))).toBeCloseTo(1, 5)
    expect(ollama.embedded.filter((text) => dense.includes(text)).join('')).toBe(dense)
  })

  test("adds the model's prefixes to documents and questions", async () => {
    await using nomic = await startFakeOllama({ models: ['nomic-embed-text:v1.5'] })
    const own = makeOllama({ url: nomic.url, model: 'nomic-embed-text:v1.5' })
    await own.embedDocuments(['let x = 1'])
    await own.embedQuery('where is x')
    expect(nomic.embedded).toEqual(['search_document: let x = 1', 'search_query: where is x'])
  })

  test.each(['status_500', 'status_503', 'reset'] as const)('tries again after %s', async (fault) => {
    ollama.fault = fault
    let asked = 0
    ollama.onRequest = (path) => {
      if (path === '/api/embed' && ++asked === 3) ollama.fault = undefined
    }
    expect(await embedder().embedDocuments(['x'])).toHaveLength(1)
    expect(asked).toBe(3)
  })

  test('gives up after its last attempt', async () => {
    ollama.fault = 'status_503'
    let asked = 0
    ollama.onRequest = (path) => {
      if (path === '/api/embed') asked++
    }
    const fault = await faultOf(embedder().embedDocuments(['x']))
    expect(fault).toMatchObject({ code: 'embedder_unavailable' })
    expect(fault?.message).toContain('503: server busy')
    expect(asked).toBe(4)
  })

  test.each([
    ['cut_json', 'embedder_reply_invalid', /no JSON/],
    ['html', 'embedder_reply_invalid', /Sign in/],
    ['nan', 'embedder_reply_invalid', /no JSON/],
    ['null', 'embedder_reply_invalid', /number/],
    ['infinite', 'embedder_reply_invalid', /length Infinity/],
    ['zero', 'embedder_reply_invalid', /length 0/],
    ['no_vectors', 'embedder_reply_invalid', /embeddings/],
    ['short_batch', 'embedder_reply_invalid', /1 vectors for 2 texts/],
    ['long_batch', 'embedder_reply_invalid', /4 vectors for 2 texts/],
    ['empty_vectors', 'embedder_reply_invalid', /length 0/],
    ['texts', 'embedder_reply_invalid', /number/],
    ['empty_body', 'embedder_reply_invalid', /no JSON/],
    ['status_404', 'embedding_model_missing', /all-minilm/],
    ['status_429', 'embedder_unavailable', /too many requests/],
    ['redirect', 'embedder_unavailable', /redirect/],
    ['garbled', 'embedder_unavailable', /cannot be reached/],
    ['cut_body', 'embedder_unavailable', /cannot be reached/],
    ['mixed_dimensions', 'embedder_reply_invalid', /32 and of 31 dimensions/],
    ['error_in_200', 'embedder_reply_invalid', /being loaded/],
    ['status_400', 'embedder_reply_invalid', /invalid input type/],
    ['held', 'embedder_unavailable', /within 0.2 s/],
    ['dripping', 'embedder_unavailable', /within 0.2 s/],
  ] as const)('returns no vector after %s', async (kind, code, message) => {
    ollama.fault = kind
    const isSilent = kind === 'held' || kind === 'dripping'
    const own = embedder('all-minilm', isSilent ? { documentTimeoutMs: 200 } : {})
    const fault = await faultOf(own.embedDocuments(['one', 'two']))
    expect(fault).toMatchObject({ code })
    expect(fault?.message).toMatch(message)
    expect(fault?.message).toContain(ollama.url)
    expect(fault?.remedy).not.toBe('')
  })

  test('reports that Ollama refuses connections, and where', async () => {
    await ollama.stop()
    const fault = await faultOf(embedder().embedDocuments(['x']))
    expect(fault).toMatchObject({ code: 'embedder_unavailable' })
    expect(fault?.message).toBe(`Ollama at ${ollama.url} refuses connections`)
  })

  test('stops immediately if told to', async () => {
    ollama.fault = 'held'
    const stop = new AbortController()
    ollama.onRequest = (path) => {
      if (path === '/api/embed') stop.abort(new Error('enough'))
    }
    await expect(embedder().embedDocuments(['x'], stop.signal)).rejects.toThrow('enough')
  })
})

describe('the health check', () => {
  test('distinguishes an Ollama that does not answer in time from a fault of its own', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const check = await makeOllama({ url, model: 'all-minilm' }).check(AbortSignal.timeout(50))
    silent.close()
    expect(check).toEqual({
      state: 'unreachable',
      reason: `Ollama at ${url} does not answer. Check that it runs and can be reached`,
    })
  })

  test('finds a model by its short name, its tag, and with the scheme of its registry', async () => {
    await using own = await startFakeOllama({ models: ['10.0.0.5:5001/library/all-minilm'] })
    const names = ['http://10.0.0.5:5001/library/all-minilm', '10.0.0.5:5001/library/all-minilm:latest']
    for (const model of names) {
      const found = makeOllama({ url: own.url, model })
      expect(await found.check()).toEqual({ state: 'ready' })
      expect(found.model).toBe('10.0.0.5:5001/library/all-minilm:latest')
    }
    expect(await embedder('all-minilm:latest').check()).toEqual({ state: 'ready' })
  })

  test.each(['no-such-model', 'two words'])('names the missing model %j and how to get it', async (model) => {
    const check = await embedder(model).check()
    expect(check).toMatchObject({ state: 'model_missing' })
    expect(check).toMatchObject({ reason: expect.stringContaining(`ollama pull ${model}`) })
    expect(await faultOf(embedder(model).embedDocuments(['x']))).toMatchObject({ code: 'embedding_model_missing' })
    expect(await faultOf(embedder(model).embedQuery('x'))).toMatchObject({ code: 'embedding_model_missing' })
  })

  test('recognises a model that cannot embed', async () => {
    ollama.capabilities = ['completion', 'tools']
    const check = await embedder().check()
    expect(check).toMatchObject({
      state: 'model_missing',
      reason: expect.stringContaining('it offers only completion, tools'),
    })
  })

  test('reports that nothing answers, without the password in the address', async () => {
    await ollama.stop()
    const secret = ollama.url.replace('http://', 'http://me:canary@')
    const check = await makeOllama({ url: secret, model: 'all-minilm' }).check()
    expect(check).toMatchObject({ state: 'unreachable', reason: expect.stringContaining(ollama.url) })
    expect(JSON.stringify(check)).not.toContain('canary')
  })

  test('sends user and password of the address as a header', async () => {
    const secret = ollama.url.replace('http://', 'http://me:p%40ss@')
    expect(await makeOllama({ url: secret, model: 'all-minilm' }).check()).toEqual({ state: 'ready' })
    expect(ollama.headers.at(-1)?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
  })

  test('is off without an address, and embedding fails', async () => {
    const off = makeOllama({ model: 'all-minilm' })
    expect(await off.check()).toMatchObject({ state: 'off' })
    expect(await faultOf(off.embedQuery('x'))).toMatchObject({ code: 'embedder_unavailable' })
  })
})
