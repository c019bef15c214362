import { expect, test } from 'vitest'
import type { EmbeddingRequest } from '../../../service/embedding/embedder.ts'
import { unavailable } from '../../../service/embedding/faults.ts'
import { observedRequests } from '../../../service/embedding/observed-requests.ts'
import { makeOllama } from '../../../service/embedding/ollama.ts'
import type { Send } from '../../../service/embedding/send.ts'
import { startFakeOllama } from '../../fakes/ollama.ts'

async function heardOf(send: Send, texts: readonly string[]): Promise<EmbeddingRequest[]> {
  let now = 0
  const heard: EmbeddingRequest[] = []
  const requests = observedRequests(() => now)
  requests.listen((request) => heard.push(request))
  const timed: Send = async (given) => {
    now += 250
    return send(given)
  }
  await requests
    .observed(
      'document',
      timed,
    )(texts)
    .catch(() => {})
  return heard
}

test('reports how many texts got a vector, and how long it took', async () => {
  const heard = await heardOf(async (texts) => texts.map(() => new Float32Array(1)), ['one', 'two'])
  expect(heard).toEqual([{ purpose: 'document', texts: 2, seconds: 0.25 }])
})

test('reports a fault by its code', async () => {
  const heard = await heardOf(() => Promise.reject(unavailable('http://ollama', 'refuses connections')), ['one'])
  expect(heard).toEqual([{ purpose: 'document', texts: 0, seconds: 0.25, fault: 'embedder_unavailable' }])
})

test('does not count texts of a request that was too long, whose halves are sent again', async () => {
  expect(await heardOf(async () => 'too_long', ['one'])).toEqual([{ purpose: 'document', texts: 0, seconds: 0.25 }])
})

test('does not report cancelled requests', async () => {
  expect(await heardOf(() => Promise.reject(new Error('The worker is closing')), ['one'])).toEqual([])
})

test('covers documents and questions', async () => {
  await using ollama = await startFakeOllama({})
  const embedder = makeOllama({ url: ollama.url, model: 'all-minilm' })
  const heard: EmbeddingRequest[] = []
  embedder.onRequest((request) => heard.push(request))
  await embedder.embedDocuments(['one', 'two', 'three'])
  await embedder.embedQuery('where')
  const embedded = (purpose: string) =>
    heard.filter((request) => request.purpose === purpose).reduce((sum, { texts }) => sum + texts, 0)
  expect([embedded('document'), embedded('query')]).toEqual([3, 1])
})
