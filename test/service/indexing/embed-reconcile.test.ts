import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { makeOllama } from '../../../service/embedding/ollama.ts'
import { makeEmbedReconcile } from '../../../service/indexing/embeddings/embed-reconcile.ts'
import { makeEmbedRun } from '../../../service/indexing/embeddings/embed-run.ts'
import { recentJobs } from '../../../service/store/jobs.ts'
import { silent, useEmbeddedDatabase } from '../../fakes/embedded-database.ts'
import { indexedRepository } from '../../fakes/indexed-repository.ts'
import { type FakeOllama, startFakeOllama } from '../../fakes/ollama.ts'

const database = useEmbeddedDatabase()
let ollama: FakeOllama
beforeEach(async () => {
  ollama = await startFakeOllama()
})
afterEach(() => ollama.stop())

const embedder = () => makeOllama({ url: ollama.url, model: 'all-minilm' })

describe('the search for missing vectors', () => {
  const jobs = async () =>
    (await recentJobs(database(), EVERY_REPOSITORY, 9)).map(({ repository, kind, state }) => ({
      repository,
      kind,
      state,
    }))

  test('asks for a job once the embedder is back, and for no second one', async () => {
    await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one', 'two'] }])
    const reconcile = makeEmbedReconcile(database(), embedder())
    await ollama.stop()
    expect(await reconcile()).toBe(0)
    expect(await jobs()).toEqual([])
    await ollama.start()
    expect(await reconcile()).toBe(1)
    expect(await reconcile()).toBe(0)
    expect(await jobs()).toEqual([{ repository: 'r', kind: 'embed', state: 'queued' }])
  })

  test('asks for nothing where nothing is missing', async () => {
    const { id } = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one', 'two'] }])
    const run = makeEmbedRun({ database: database(), embedder: embedder(), log: silent })
    await run({ repositoryId: id }, new AbortController().signal, () => {})
    expect(await makeEmbedReconcile(database(), embedder())()).toBe(0)
  })
})
