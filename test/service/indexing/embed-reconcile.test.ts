import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { makeOllama } from '../../../service/embedding/ollama.ts'
import { makeEmbedReconcile } from '../../../service/indexing/embeddings/embed-reconcile.ts'
import { makeEmbedRun } from '../../../service/indexing/embeddings/embed-run.ts'
import { claimJob, finishJob, recentJobs } from '../../../service/store/jobs.ts'
import { allModels } from '../../../service/store/models.ts'
import { MIB } from '../../../service/units.ts'
import { silent, useEmbeddedDatabase } from '../../fakes/embedded-database.ts'
import { indexedRepository } from '../../fakes/indexed-repository.ts'
import { type FakeOllama, startFakeOllama } from '../../fakes/ollama.ts'
import { fakeOwnModel } from '../../fakes/own-model.ts'

const database = useEmbeddedDatabase()
let ollama: FakeOllama
beforeEach(async () => {
  ollama = await startFakeOllama({ models: ['all-minilm', 'newer'] })
})
afterEach(() => ollama.stop())

const ownModel = fakeOwnModel()
const embedder = (model = 'all-minilm') => makeOllama({ url: ollama.url, model })
const parts = () => ({ database: database(), ownModel: ownModel.name, memoryBytes: 512 * MIB })
const withoutOwn = () => ({ database: database(), memoryBytes: 512 * MIB })
const off = () => makeOllama({ model: 'all-minilm' })

describe('the search for missing vectors', () => {
  const add = () => indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one', 'two'] }])
  const jobs = async () =>
    (await recentJobs(database(), EVERY_REPOSITORY, 9)).map(({ repository, kind, state }) => ({
      repository,
      kind,
      state,
    }))
  const embed = async (repositoryId: number, model?: string) => {
    const run = makeEmbedRun({ database: database(), embedder: embedder(model), ownModel, log: silent })
    await run({ repositoryId }, new AbortController().signal, () => {})
  }

  test('requests a job once the embedder is back, and no second one', async () => {
    await add()
    const reconcile = makeEmbedReconcile({ ...withoutOwn(), embedder: embedder() })
    await ollama.stop()
    expect(await reconcile()).toBe(0)
    expect(await jobs()).toEqual([])
    await ollama.start()
    expect(await reconcile()).toBe(1)
    expect(await reconcile()).toBe(0)
    expect(await jobs()).toEqual([{ repository: 'r', kind: 'embed', state: 'queued' }])
  })

  test('requests a job again once a changed model has its dimensions back', async () => {
    const { id } = await add()
    await embed(id)
    await indexedRepository(database(), 'later', [{ path: 'b', chunks: ['three'] }])
    const reconcile = makeEmbedReconcile({ ...withoutOwn(), embedder: embedder() })
    expect(await reconcile()).toBe(1)
    const job = await claimJob(database(), 'embed', 30_000)
    const fault = { code: 'embedding_model_dimension', message: '', remedy: '' }
    if (job !== undefined) await finishJob(database(), job, { state: 'failed', progress: {}, fault })
    ollama.fault = 'other_dimension'
    expect(await reconcile()).toBe(0)
    ollama.fault = undefined
    expect(await reconcile()).toBe(1)
  })

  test('requests nothing if nothing is missing', async () => {
    const { id } = await add()
    await embed(id)
    expect(await makeEmbedReconcile({ ...parts(), embedder: embedder() })()).toBe(0)
  })

  test('requests vectors of the own model while Ollama is off or down', async () => {
    await add()
    expect(await makeEmbedReconcile({ ...parts(), embedder: off() })()).toBe(1)
    const job = await claimJob(database(), 'embed', 30_000)
    if (job !== undefined) await finishJob(database(), job, { state: 'succeeded', progress: {} })
    await ollama.stop()
    expect(await makeEmbedReconcile({ ...parts(), embedder: embedder() })()).toBe(1)
    await ollama.start()
  })

  test('asks for vectors of an Ollama that nobody asked for once it is there, and not before', async () => {
    const { id } = await add()
    const assumed = makeOllama({ url: ollama.url, model: 'all-minilm', isAssumed: true })
    const reconcile = makeEmbedReconcile({ ...parts(), embedder: assumed })
    const run = makeEmbedRun({ database: database(), embedder: assumed, ownModel, log: silent })
    await ollama.stop()
    expect(await assumed.check()).toEqual({ state: 'off', reason: `No Ollama runs at ${ollama.url}` })
    expect(await reconcile()).toBe(1)
    const job = await claimJob(database(), 'embed', 30_000)
    const { state, progress } = await run({ repositoryId: id }, new AbortController().signal, () => {})
    if (job !== undefined) await finishJob(database(), job, { state, progress })
    expect(await jobs()).toEqual([{ repository: 'r', kind: 'embed', state: 'succeeded' }])
    expect(await reconcile()).toBe(0)
    await ollama.start()
    expect(await reconcile()).toBe(1)
  })

  test('requests nothing without Ollama and an own model', async () => {
    await add()
    expect(await makeEmbedReconcile({ ...withoutOwn(), embedder: off() })()).toBe(0)
  })

  test('requests all vectors for another model in the settings, and deletes the old model once they are complete', async () => {
    const names = async () => (await allModels(database())).map(({ name }) => name).toSorted()
    const { id } = await add()
    await embed(id)
    const reconcile = makeEmbedReconcile({ ...parts(), embedder: embedder('newer') })
    await database().query(`update model set wanted_at = now() - interval '1 hour'`)
    expect(await reconcile()).toBe(1)
    expect(await names()).toEqual(['all-minilm:latest', 'static-fake'])
    const job = await claimJob(database(), 'embed', 30_000)
    await embed(id, 'newer')
    if (job !== undefined) await finishJob(database(), job, { state: 'succeeded', progress: {} })
    expect(await reconcile()).toBe(0)
    expect(await names()).toEqual(['newer:latest', 'static-fake'])
  })

  test('does not delete an old model while the one in the settings is missing', async () => {
    const { id } = await add()
    await embed(id)
    await database().query(`update model set wanted_at = now() - interval '1 hour'`)
    const reconcile = makeEmbedReconcile({ ...parts(), embedder: embedder('never-pulled') })
    expect(await reconcile()).toBe(0)
    expect(await allModels(database())).toHaveLength(2)
  })

  test('deletes an old model if Ollama is disabled and the own model is complete', async () => {
    const { id } = await add()
    await embed(id, 'newer')
    await database().query(`update model set wanted_at = now() - interval '1 hour'`)
    await makeEmbedReconcile({ ...parts(), embedder: off() })()
    expect((await allModels(database())).map(({ name }) => name)).toEqual(['static-fake'])
  })

  test('keeps the models of the settings while Ollama is down', async () => {
    const { id } = await add()
    await embed(id)
    await database().query(`update model set wanted_at = now() - interval '1 hour'`)
    await ollama.stop()
    const reconcile = makeEmbedReconcile({ ...parts(), embedder: embedder() })
    expect(await reconcile()).toBe(0)
    expect(await allModels(database())).toHaveLength(2)
    await ollama.start()
  })
})
