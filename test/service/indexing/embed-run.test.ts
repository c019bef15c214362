import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeOllama, type OllamaLimits } from '../../../service/embedding/ollama.ts'
import type { Progress } from '../../../service/indexing/contract.ts'
import { makeEmbedRun } from '../../../service/indexing/embeddings/embed-run.ts'
import { findModel } from '../../../service/store/models.ts'
import {
  chunksToEmbed,
  embeddedCounts,
  segmentsToEmbed,
  vectorsOfSegment,
} from '../../../service/store/segment-vectors.ts'
import { unpackVectors } from '../../../service/vectors/packed-vectors.ts'
import { silent, useEmbeddedDatabase } from '../../fakes/embedded-database.ts'
import { addSegment, type IndexedRepository, indexedRepository } from '../../fakes/indexed-repository.ts'
import { type FakeOllama, startFakeOllama } from '../../fakes/ollama.ts'
import { fakeOwnModel } from '../../fakes/own-model.ts'

const database = useEmbeddedDatabase()
const MODEL = 'all-minilm:latest'

let ollama: FakeOllama
beforeEach(async () => {
  ollama = await startFakeOllama({ poison: 'poisonous' })
})
afterEach(() => ollama.stop())

const embedder = (limits: Partial<OllamaLimits> = {}) =>
  makeOllama({ url: ollama.url, model: 'all-minilm' }, { retryDelayMs: 1, batchMax: 16, ...limits })
const chunk = (at: number) => `function number${at}() {\n  return ${at}\n}`
const chunks = (count: number) => Array.from({ length: count }, (_, at) => chunk(at))

async function run(
  repository: IndexedRepository,
  signal = new AbortController().signal,
  limits: Partial<OllamaLimits> = {},
) {
  const told: Progress[] = []
  const embedRun = makeEmbedRun({ database: database(), embedder: embedder(limits), log: silent })
  const outcome = await embedRun({ repositoryId: repository.id }, signal, (progress) => told.push(progress))
  return { ...outcome, told }
}

/** Returns the documents of each group of vectors of a segment. */
async function groupsOf(segmentId: number, name = MODEL): Promise<number[][]> {
  const model = await findModel(database(), name)
  if (model === undefined) return []
  const blocks = await vectorsOfSegment(database(), model.id, segmentId)
  return blocks.map(({ data }) => [...unpackVectors(data, model.dimensions).documents])
}

/** Counts the visible chunks without a vector, one by one. */
async function missing(repository: IndexedRepository): Promise<number> {
  const segments = await database().query<{ id: number }>('select id from segment where repository_id = $1', [
    repository.id,
  ])
  let count = 0
  for (const { id } of segments) {
    const held = new Set((await groupsOf(id)).flat())
    const chunks = await chunksToEmbed(database(), repository, id)
    count += chunks.filter(({ document }) => !held.has(document)).length
  }
  return count
}

async function storedVectors(): Promise<number> {
  const [row] = await database().query<{ count: number }>('select count(*) as count from embedding')
  return row?.count ?? 0
}

describe('a run of embeddings', () => {
  test('embeds the text of every visible chunk once, and reports progress', async () => {
    const texts = chunks(300)
    const repository = await indexedRepository(database(), 'r', [
      { path: 'a', chunks: texts.slice(0, 200) },
      { path: 'b', chunks: texts.slice(150) },
      { path: 'dead', chunks: ['nobody sees this'], died: 1 },
    ])
    const { state, progress, told } = await run(repository)
    expect(state).toBe('succeeded')
    expect(ollama.embedded.toSorted()).toEqual(texts.toSorted())
    expect(await missing(repository)).toBe(0)
    expect(told[0]).toEqual({ phase: 'embedding', chunksToEmbed: 350, chunksEmbedded: 0 })
    expect(progress).toEqual({ phase: 'embedding', chunksToEmbed: 350, chunksEmbedded: 350 })
  })

  test('sends nothing for a copy, a file that moved or a text that came back', async () => {
    const files = [{ path: 'a', chunks: chunks(20) }]
    await run(await indexedRepository(database(), 'r', files))
    ollama.embedded.length = 0
    const copy = await indexedRepository(database(), 'copy', [{ path: 'moved/a', chunks: chunks(20) }])
    expect(await run(copy)).toMatchObject({ state: 'succeeded', progress: { chunksToEmbed: 20, chunksEmbedded: 20 } })
    expect(ollama.embedded).toEqual([])
    expect(await missing(copy)).toBe(0)
  })

  test('embeds a text below the name of its enclosing symbol, and again if that changes', async () => {
    const file = { path: 'a', chunks: ['return this.items'], symbol: 'Cart.list' }
    await run(await indexedRepository(database(), 'r', [file]))
    await run(await indexedRepository(database(), 'copy', [{ ...file, path: 'b' }]))
    await run(await indexedRepository(database(), 'renamed', [{ ...file, symbol: 'Basket.list' }]))
    expect(ollama.embedded).toEqual(['Cart.list\nreturn this.items', 'Basket.list\nreturn this.items'])
  })

  test('leaves one group of vectors for each segment, and nothing to do', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(100) }])
    const { segmentId } = await addSegment(database(), repository.id, [{ path: 'b', chunks: ['another'] }])
    await run(repository)
    expect((await groupsOf(repository.segmentId)).map((documents) => documents.length)).toEqual([100])
    expect(await groupsOf(segmentId)).toEqual([[0]])
    const model = await findModel(database(), MODEL)
    expect(await segmentsToEmbed(database(), model?.id ?? 0, repository)).toEqual([])
    expect(await embeddedCounts(database(), MODEL, [repository])).toEqual([
      { repositoryId: repository.id, embedded: 101 },
    ])
  })

  test('keeps large groups as they came, and embeds a segment completely if it is read in several steps', async () => {
    const texts = chunks(1200)
    const repository = await indexedRepository(database(), 'r', [
      { path: 'a', chunks: texts.slice(0, 500) },
      { path: 'b', chunks: texts.slice(500) },
    ])
    expect(await run(repository, undefined, { batchMax: 64 })).toMatchObject({ state: 'succeeded' })
    expect(ollama.embedded.toSorted()).toEqual(texts.toSorted())
    const groups = await groupsOf(repository.segmentId)
    expect(groups.flat().toSorted((one, other) => one - other)).toEqual(texts.map((_, at) => at))
    expect(groups.length).toBeGreaterThan(1)
    const model = await findModel(database(), MODEL)
    expect(await segmentsToEmbed(database(), model?.id ?? 0, repository)).toEqual([])
  })

  test('stores a text of two concurrent groups once, and both documents get its vector', async () => {
    const twice = Array.from({ length: 30 }, (_, at) => chunk(at))
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: twice }])
    const { segmentId } = await addSegment(database(), repository.id, [{ path: 'b', chunks: twice }])
    expect(await run(repository)).toMatchObject({ state: 'succeeded' })
    expect(await storedVectors()).toBe(30)
    expect((await groupsOf(repository.segmentId)).flat()).toHaveLength(30)
    expect((await groupsOf(segmentId)).flat()).toHaveLength(30)
  })

  test('stores a group as soon as its vectors are complete, and readers see it', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(60) }])
    const versions = async () =>
      (await database().query<{ vectors: number }>('select vectors from repository'))[0]?.vectors ?? 0
    let seen = Promise.resolve(0)
    let requests = 0
    ollama.onRequest = (path) => {
      if (path === '/api/embed' && ++requests === 10) seen = versions()
    }
    await run(repository, undefined, { batchMax: 2 })
    expect(await seen).toBeGreaterThan(0)
    expect(await versions()).toBeGreaterThan(await seen)
  })

  test('has nothing to do for a removed repository', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['a'] }])
    await database().query('update repository set removed = true')
    expect(await run(repository)).toMatchObject({ state: 'succeeded' })
    expect(ollama.embedded).toEqual([])
  })

  test('also embeds what is published while it runs', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(3) }])
    let publish: Promise<unknown> | undefined
    ollama.onRequest = (path) => {
      if (path !== '/api/embed' || publish !== undefined) return undefined
      publish = addSegment(database(), repository.id, [{ path: 'b', chunks: ['published later'], born: 2 }]).then(() =>
        database().query('update repository set generation = 2 where id = $1', [repository.id]),
      )
      return publish
    }
    expect(await run(repository)).toMatchObject({ state: 'succeeded' })
    expect(ollama.embedded).toContain('published later')
  })

  test('stops if told to and resumes later where it was', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(200) }])
    const stop = new AbortController()
    let requests = 0
    ollama.onRequest = (path) => {
      if (path === '/api/embed' && ++requests === 10) stop.abort(new Error('closing'))
    }
    await expect(run(repository, stop.signal)).rejects.toThrow('closing')
    const left = await missing(repository)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(200)
    ollama.embedded.length = 0
    expect(await run(repository)).toMatchObject({ state: 'succeeded', progress: { chunksToEmbed: left } })
    expect(ollama.embedded).toHaveLength(left)
    expect((await groupsOf(repository.segmentId)).map((documents) => documents.length)).toEqual([200])
  })

  test('skips a text that the model cannot embed, embeds all others, and reports it', async () => {
    const texts = [...chunks(50), 'something poisonous', 'the last']
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: texts }])
    const { state, fault } = await run(repository)
    expect(state).toBe('partial')
    expect(fault).toMatchObject({ code: 'embedder_reply_invalid', message: expect.stringContaining('NaN') })
    expect(await missing(repository)).toBe(1)
    const model = await findModel(database(), MODEL)
    expect(await segmentsToEmbed(database(), model?.id ?? 0, repository)).toEqual([
      { segmentId: repository.segmentId, documents: 52, missing: 1 },
    ])
  })

  test.each(['html', 'nan'] as const)('blames the embedder if none of its answers can be used (%s)', async (fault) => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(5) }])
    ollama.fault = fault
    expect(await run(repository)).toMatchObject({ state: 'partial', fault: { code: 'embedder_unavailable' } })
    ollama.fault = undefined
    expect(await run(repository)).toMatchObject({ state: 'succeeded' })
  })

  test('refuses a model whose vectors changed their dimensions, and keeps the old ones', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(3) }])
    await run(repository)
    await addSegment(database(), repository.id, [{ path: 'b', chunks: ['a new one'] }])
    ollama.dimensions = 48
    expect(await run(repository)).toMatchObject({
      state: 'failed',
      fault: { code: 'embedding_model_dimension', message: expect.stringMatching(/of 48 dimensions.*of 32/) },
    })
    expect(await storedVectors()).toBe(3)
    ollama.dimensions = 32
    expect(await run(repository)).toMatchObject({ state: 'succeeded' })
    expect(await missing(repository)).toBe(0)
  })

  test('embeds texts one by one if a batch returns several dimensions', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(5) }])
    ollama.fault = 'mixed_dimensions'
    expect(await run(repository)).toMatchObject({ state: 'succeeded' })
    expect(await missing(repository)).toBe(0)
  })
})

describe('vectors of the own model', () => {
  const ownModel = fakeOwnModel()

  async function runWith(parts: Partial<Parameters<typeof makeEmbedRun>[0]>, { id }: IndexedRepository) {
    const embedRun = makeEmbedRun({ database: database(), log: silent, ...parts })
    return embedRun({ repositoryId: id }, new AbortController().signal, () => {})
  }

  test('are computed if Ollama is disabled, for every text that has a word', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: [...chunks(70), ' ', 'last'] }])
    expect(await runWith({ ownModel }, repository)).toMatchObject({ state: 'succeeded' })
    const [documents, ...others] = await groupsOf(repository.segmentId, ownModel.name)
    expect(others).toEqual([])
    expect(documents).toHaveLength(71)
    expect(documents).not.toContain(70)
    expect(await embeddedCounts(database(), ownModel.name, [repository])).toMatchObject([{ embedded: 72 }])
  })

  test('are also computed if Ollama is down', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(3) }])
    await ollama.stop()
    expect(await runWith({ ownModel, embedder: embedder() }, repository)).toMatchObject({ state: 'partial' })
    await ollama.start()
    expect(await groupsOf(repository.segmentId, ownModel.name)).toEqual([[0, 1, 2]])
    expect(await groupsOf(repository.segmentId)).toEqual([])
  })

  test('are not computed again', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(3) }])
    const asked: string[] = []
    const counting = {
      ...ownModel,
      documentVector: (document: Parameters<typeof ownModel.documentVector>[0]) => {
        asked.push(document.path)
        return ownModel.documentVector(document)
      },
    }
    await runWith({ ownModel: counting }, repository)
    await runWith({ ownModel: counting }, repository)
    expect(asked).toEqual(['a', 'a', 'a'])
  })

  test('of another table are stored beside the old ones', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(2) }])
    await runWith({ ownModel }, repository)
    await runWith({ ownModel: fakeOwnModel('own:newer', 48) }, repository)
    expect(await groupsOf(repository.segmentId, ownModel.name)).toEqual([[0, 1]])
    expect(await groupsOf(repository.segmentId, 'own:newer')).toEqual([[0, 1]])
  })
})

describe('a broken embedder', () => {
  const FAULTS = [
    ...([
      'held',
      'dripping',
      'reset',
      'status_500',
      'status_503',
      'status_400',
      'cut_json',
      'html',
      'no_vectors',
    ] as const),
    ...(['nan', 'null', 'infinite', 'zero', 'short_batch', 'error_in_200'] as const),
  ]

  test.each(FAULTS)('with %s in the middle of a run costs no chunk and stores no wrong vector', async (fault) => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(200) }])
    let requests = 0
    ollama.onRequest = (path) => {
      if (path === '/api/embed' && ++requests === 5) ollama.fault = fault
    }
    const isSilent = fault === 'held' || fault === 'dripping'
    const outcome = await run(repository, undefined, isSilent ? { documentTimeoutMs: 200 } : {})
    expect(outcome).toMatchObject({ state: 'partial', fault: { code: expect.stringMatching(/^embedder_/) } })
    const kept = await storedVectors()
    expect(kept).toBe(200 - (await missing(repository)))
    expect(kept).toBeLessThan(200)

    ollama.fault = undefined
    ollama.onRequest = () => {}
    expect(await run(repository)).toMatchObject({ state: 'succeeded' })
    expect(await missing(repository)).toBe(0)
    expect(await storedVectors()).toBe(200)
  })

  test('that is down leaves everything for later', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: chunks(3) }])
    await ollama.stop()
    expect(await run(repository)).toMatchObject({ state: 'partial', fault: { code: 'embedder_unavailable' } })
    expect(await storedVectors()).toBe(0)
    await ollama.start()
    expect(await run(repository)).toMatchObject({ state: 'succeeded' })
    expect(await missing(repository)).toBe(0)
  })
})
