import { describe, expect, test } from 'vitest'
import {
  chunksWithoutEmbedding,
  countWithoutEmbedding,
  embeddedCounts,
  findModel,
  insertEmbeddings,
  registerModel,
  repositoriesToEmbed,
} from '../../../service/store/embeddings.ts'
import { nearestChunks } from '../../../service/store/nearest-chunks.ts'
import { useEmbeddedDatabase } from '../../fakes/embedded-database.ts'
import { hashedVector } from '../../fakes/hashed-vector.ts'
import { addSegment, indexedRepository, sha256 } from '../../fakes/indexed-repository.ts'

const database = useEmbeddedDatabase()
const MODEL = 'all-minilm:latest'
const START = { segmentId: 0, document: -1 }
const vectorOf = (text: string) => Float32Array.from(hashedVector(text, 32))
const register = () => registerModel(database(), MODEL, 32, false)

async function keep(texts: readonly string[]) {
  const model = await register()
  await insertEmbeddings(
    database(),
    model,
    texts.map((text) => ({ hash: sha256(text), vector: vectorOf(text) })),
  )
  return model
}

describe('a model', () => {
  test('is entered once, with the dimensions that it first had', async () => {
    const first = await register()
    expect(await registerModel(database(), MODEL, 64, false)).toEqual(first)
    expect(await findModel(database(), MODEL)).toEqual({ id: first.id, dimensions: 32 })
    expect(await findModel(database(), 'other:latest')).toBeUndefined()
  })

  test('gets one index however often one is asked for', async () => {
    for (let time = 0; time < 2; time++) await registerModel(database(), MODEL, 32, true)
    const { id } = await register()
    const indexes = await database().query('select indexdef from pg_indexes where indexname = $1', [
      `embedding_hnsw_${id}`,
    ])
    expect(indexes).toHaveLength(1)
    await database().query(`drop index embedding_hnsw_${id}`)
  })

  test('goes without an index where it has more dimensions than an index takes', async () => {
    expect(await registerModel(database(), 'huge:latest', 4096, true)).toMatchObject({ dimensions: 4096 })
  })
})

describe('vectors', () => {
  test('are kept once, and a text that has one keeps it', async () => {
    const model = await keep(['a', 'b'])
    await insertEmbeddings(database(), model, [{ hash: sha256('a'), vector: vectorOf('something else') }])
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['a'] }])
    const query = { model, vector: vectorOf('a'), repositories: [repository], limit: 1, exact: true }
    expect((await nearestChunks(database(), query))[0]?.similarity).toBeCloseTo(1, 2)
  })

  test('of other dimensions than the model has are refused', async () => {
    const model = await register()
    const wrong = { hash: sha256('a'), vector: new Float32Array(31).fill(0.1) }
    await expect(insertEmbeddings(database(), model, [wrong])).rejects.toThrow(/expected 32 dimensions, not 31/)
  })
})

describe('what lacks a vector', () => {
  test('is found page by page, over segments, without what readers do not see', async () => {
    const repository = await indexedRepository(database(), 'r', [
      { path: 'a', chunks: ['one', 'two\nlines', 'three'] },
      { path: 'dead', chunks: ['gone'], died: 1 },
      { path: 'unborn', chunks: ['not yet'], born: 2 },
    ])
    const more = await addSegment(database(), repository.id, [{ path: 'b', chunks: ['four', 'one'], died: 2 }])
    await indexedRepository(database(), 'other', [{ path: 'x', chunks: ['of another repository'] }])
    const model = await keep(['three'])

    const places: [number, number][] = []
    let after: { segmentId: number; document: number } | undefined = START
    while (after !== undefined) {
      const page = await chunksWithoutEmbedding(database(), { modelId: model.id, repository, after, limit: 2 })
      places.push(...page.map(({ segmentId, document }): [number, number] => [segmentId, document]))
      after = page.at(-1)
    }
    const { segmentId } = repository
    expect(places).toEqual([
      [segmentId, 0],
      [segmentId, 1],
      [more.segmentId, 0],
      [more.segmentId, 1],
    ])
    expect(await countWithoutEmbedding(database(), model.id, repository)).toBe(3)
  })

  test('comes with where its text is', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one', 'two\nlines'] }])
    const page = { modelId: 0, repository, after: { segmentId: repository.segmentId, document: 0 }, limit: 9 }
    expect(await chunksWithoutEmbedding(database(), page)).toEqual([
      {
        segmentId: repository.segmentId,
        document: 1,
        hash: sha256('two\nlines'),
        contentHash: sha256('one\ntwo\nlines'),
        startLine: 2,
        endLine: 3,
      },
    ])
  })

  test('is counted by repository', async () => {
    const first = await indexedRepository(database(), 'first', [{ path: 'a', chunks: ['one', 'two', 'three'] }])
    const second = await indexedRepository(database(), 'second', [{ path: 'a', chunks: ['one'] }])
    expect(await embeddedCounts(database(), MODEL, [first])).toEqual([
      { repositoryId: first.id, chunks: 3, embedded: 0 },
    ])
    await keep(['one', 'two'])
    const counts = await embeddedCounts(database(), MODEL, [first, second])
    expect(counts.sort((one, other) => one.repositoryId - other.repositoryId)).toEqual([
      { repositoryId: first.id, chunks: 3, embedded: 2 },
      { repositoryId: second.id, chunks: 1, embedded: 1 },
    ])
  })
})

describe('the repositories to embed', () => {
  const job = (repositoryId: number, state: string, code?: string) =>
    database().query(
      `insert into job (repository_id, kind, state, fault, finished_at) values ($1, 'embed', $2, $3, now())`,
      [repositoryId, state, code === undefined ? null : JSON.stringify({ code })],
    )

  test('are those with a chunk that lacks a vector and no job that is at it', async () => {
    const lacking = await indexedRepository(database(), 'lacking', [{ path: 'a', chunks: ['a', 'b'] }])
    await indexedRepository(database(), 'whole', [{ path: 'a', chunks: ['a'] }])
    const busy = await indexedRepository(database(), 'busy', [{ path: 'a', chunks: ['c'] }])
    await job(busy.id, 'running')
    await keep(['a'])
    expect(await repositoriesToEmbed(database(), MODEL, false)).toEqual([lacking.id])
  })

  test.each([
    ['succeeded', undefined, false],
    ['partial', 'embedder_unavailable', true],
    ['partial', 'embedder_reply_invalid', false],
    ['failed', 'embedding_model_dimension', false],
    ['cancelled', undefined, true],
    ['queued', undefined, false],
  ])('after a job that %s (%s): %s, unless all are asked for', async (state, code, due) => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['a'] }])
    await job(repository.id, state, code)
    expect(await repositoriesToEmbed(database(), MODEL, false)).toEqual(due ? [repository.id] : [])
    expect(await repositoriesToEmbed(database(), MODEL, true)).toEqual(state === 'queued' ? [] : [repository.id])
  })

  test('are those that were indexed after their last job began', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['a'] }])
    await job(repository.id, 'succeeded')
    await database().query(`update repository set indexed_at = now() + interval '1 second'`)
    expect(await repositoriesToEmbed(database(), MODEL, false)).toEqual([repository.id])
  })
})
