import { describe, expect, test } from 'vitest'
import { registerModel } from '../../../service/store/models.ts'
import {
  chunksToEmbed,
  embeddedCounts,
  insertVectors,
  markComplete,
  replaceVectors,
  repositoriesToEmbed,
  segmentsToEmbed,
  vectorStates,
  vectorsOfSegment,
} from '../../../service/store/segment-vectors.ts'
import { packVectors, unpackVectors } from '../../../service/vectors/packed-vectors.ts'
import { useEmbeddedDatabase } from '../../fakes/embedded-database.ts'
import { hashedVector } from '../../fakes/hashed-vector.ts'
import { addSegment, type IndexedRepository, indexedRepository, sha256 } from '../../fakes/indexed-repository.ts'

const database = useEmbeddedDatabase()
const MODEL = 'all-minilm:latest'
const NO_MODEL = 0
const register = () => registerModel(database(), MODEL, 32)
const packed = (...documents: number[]) =>
  packVectors(
    documents,
    documents.map((document) => Float32Array.from(hashedVector(`text ${document}`, 32))),
  )

async function store(
  { id, segmentId }: Pick<IndexedRepository, 'id' | 'segmentId'>,
  documents: number[],
  complete = false,
) {
  const model = await register()
  await insertVectors(database(), id, model.id, [{ segmentId, packed: packed(...documents), complete }])
  return model
}

async function documentsHeld(modelId: number, segmentId: number): Promise<number[][]> {
  const blocks = await vectorsOfSegment(database(), modelId, segmentId)
  return blocks.map(({ data }) => [...unpackVectors(data, 32).documents])
}

const versionOf = async (id: number) =>
  (await database().query<{ vectors: number }>('select vectors from repository where id = $1', [id]))[0]?.vectors

describe('vectors of a segment', () => {
  test('are stored group by group, and readers look again after each group', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one', 'two', 'three'] }])
    const { id } = await store(repository, [0, 2])
    expect(await versionOf(repository.id)).toBe(1)
    await store(repository, [1], true)
    expect(await versionOf(repository.id)).toBe(2)
    expect(new Set(await documentsHeld(id, repository.segmentId))).toEqual(new Set([[0, 2], [1]]))
    expect(await vectorStates(database(), [repository])).toEqual([
      { segmentId: repository.segmentId, modelId: id, embedded: 3, complete: true },
    ])
  })

  test('stay complete if a late group comes', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one'] }])
    await store(repository, [], true)
    await store(repository, [0])
    expect(await vectorStates(database(), [repository])).toMatchObject([{ embedded: 1, complete: true }])
  })

  test('of a missing segment are skipped, and those of others are stored', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one'] }])
    const { id } = await register()
    await insertVectors(database(), repository.id, id, [
      { segmentId: repository.segmentId + 1000, packed: packed(0), complete: true },
      { segmentId: repository.segmentId, packed: packed(0), complete: true },
    ])
    expect(await vectorStates(database(), [repository])).toHaveLength(1)
    expect(await documentsHeld(id, repository.segmentId + 1000)).toEqual([])
  })

  test('are deleted with the segment', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one'] }])
    const { id } = await store(repository, [0])
    await database().query('delete from file; delete from segment')
    expect(await documentsHeld(id, repository.segmentId)).toEqual([])
    expect(await vectorStates(database(), [repository])).toEqual([])
  })

  test('are replaced by one group of all, which counts once', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one', 'two'] }])
    const { id } = await store(repository, [0])
    const { segmentId } = repository
    await replaceVectors(database(), repository.id, id, { segmentId, packed: packed(0, 1) })
    expect(await documentsHeld(id, segmentId)).toEqual([[0, 1]])
    expect(await vectorStates(database(), [repository])).toMatchObject([{ embedded: 2, complete: true }])
    expect(await versionOf(repository.id)).toBe(2)
  })

  test('of another model or segment are not replaced', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one'] }])
    const other = await addSegment(database(), repository.id, [{ path: 'b', chunks: ['two'] }])
    const { id } = await store(repository, [0])
    await store({ ...repository, ...other }, [0])
    const second = await registerModel(database(), 'second:latest', 32)
    await replaceVectors(database(), repository.id, second.id, { segmentId: repository.segmentId, packed: packed(0) })
    expect(await documentsHeld(id, repository.segmentId)).toEqual([[0]])
    expect(await documentsHeld(id, other.segmentId)).toEqual([[0]])
  })
})

describe('the chunks that lack vectors', () => {
  test('are in segments with a visible file, and counted', async () => {
    const repository = await indexedRepository(database(), 'r', [
      { path: 'a', chunks: ['one', 'two', 'three'] },
      { path: 'dead', chunks: ['gone'], died: 1 },
    ])
    const whole = await addSegment(database(), repository.id, [{ path: 'b', chunks: ['four'] }])
    const { segmentId: later } = await addSegment(database(), repository.id, [{ path: 'c', chunks: ['five', 'six'] }])
    await addSegment(database(), repository.id, [{ path: 'unseen', chunks: ['gone'], died: 1 }])
    await indexedRepository(database(), 'other', [{ path: 'x', chunks: ['of another repository'] }])
    const { id } = await store(repository, [0])
    await store({ ...repository, ...whole }, [0], true)
    expect(await segmentsToEmbed(database(), id, repository)).toEqual([
      { segmentId: repository.segmentId, documents: 4, missing: 2 },
      { segmentId: later, documents: 2, missing: 2 },
    ])
    expect(await segmentsToEmbed(database(), NO_MODEL, repository)).toHaveLength(3)
  })

  test('are returned with the place of their text and their enclosing symbol, without invisible ones', async () => {
    const repository = await indexedRepository(database(), 'r', [
      { path: 'dead', chunks: ['gone'], died: 1 },
      { path: 'a', chunks: ['one', 'two\nlines'], symbol: 'Cart.add' },
      { path: 'unborn', chunks: ['not yet'], born: 2 },
    ])
    const [, second, ...others] = await chunksToEmbed(database(), repository, repository.segmentId)
    expect(others).toEqual([])
    expect(second).toEqual({
      document: 2,
      hash: sha256('Cart.add\ntwo\nlines'),
      contentHash: sha256('one\ntwo\nlines'),
      path: 'a',
      symbol: 'Cart.add',
      startLine: 2,
      endLine: 3,
    })
  })

  test('are returned in batches, each once', async () => {
    const repository = await indexedRepository(database(), 'r', [
      { path: 'a', chunks: ['one', 'two', 'three'] },
      { path: 'dead', chunks: ['gone'], died: 1 },
      { path: 'b', chunks: ['four', 'five'] },
    ])
    const of = async (from: number, documents: number) =>
      (await chunksToEmbed(database(), repository, repository.segmentId, { from, documents })).map(
        ({ document }) => document,
      )
    expect([await of(0, 2), await of(2, 2), await of(4, 2), await of(6, 2)]).toEqual([[0, 1], [2], [4, 5], []])
  })

  test('are none once a segment is marked complete, whatever vectors it has, and readers look again', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one', 'two'] }])
    const { id } = await store(repository, [0])
    await markComplete(database(), repository.id, id, repository.segmentId)
    expect(await segmentsToEmbed(database(), id, repository)).toEqual([])
    expect(await documentsHeld(id, repository.segmentId)).toEqual([[0]])
    expect(await versionOf(repository.id)).toBe(2)
  })

  test('are counted by repository', async () => {
    const first = await indexedRepository(database(), 'first', [{ path: 'a', chunks: ['one', 'two', 'three'] }])
    const second = await indexedRepository(database(), 'second', [{ path: 'a', chunks: ['one'] }])
    const third = await indexedRepository(database(), 'third', [{ path: 'a', chunks: ['one'] }])
    expect(await embeddedCounts(database(), MODEL, [first])).toEqual([])
    await store(first, [0, 1])
    // Complete without any vector, because none of its texts can have one.
    await store(second, [], true)
    const counts = await embeddedCounts(database(), MODEL, [first, second, third])
    expect(counts.toSorted((one, other) => one.repositoryId - other.repositoryId)).toEqual([
      { repositoryId: first.id, embedded: 2 },
      { repositoryId: second.id, embedded: 1 },
    ])
    expect(await embeddedCounts(database(), 'other:latest', [first])).toEqual([])
  })
})

describe('the repositories to embed', () => {
  const indexJob = (repositoryId: number, state: string, paths?: readonly string[]) =>
    database().query(`insert into job (repository_id, kind, state, paths) values ($1, 'index', $2, $3::jsonb)`, [
      repositoryId,
      state,
      paths === undefined ? null : JSON.stringify(paths),
    ])
  const job = (repositoryId: number, state: string, code?: string) =>
    database().query(
      `insert into job (repository_id, kind, state, fault, finished_at) values ($1, 'embed', $2, $3, now())`,
      [repositoryId, state, code === undefined ? null : JSON.stringify({ code })],
    )
  const toEmbed = (all = false, models = [MODEL]) => repositoriesToEmbed(database(), models, all)

  test('have a segment that lacks vectors and no job for it', async () => {
    const lacking = await indexedRepository(database(), 'lacking', [{ path: 'a', chunks: ['a', 'b'] }])
    const whole = await indexedRepository(database(), 'whole', [{ path: 'a', chunks: ['a'] }])
    const busy = await indexedRepository(database(), 'busy', [{ path: 'a', chunks: ['c'] }])
    await indexedRepository(database(), 'unseen', [{ path: 'a', chunks: ['c'], died: 1 }])
    await job(busy.id, 'running')
    await store(lacking, [0])
    await store(whole, [0], true)
    expect(await toEmbed()).toEqual([lacking.id])
  })

  test.each([
    ['is being indexed as a whole', 'running', undefined, false],
    ['has some changed files indexed', 'running', ['a'], true],
    ['waits to be indexed again', 'queued', undefined, true],
  ] as const)('include one that %s, or wait with it', async (_, state, paths, due) => {
    const { id } = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['a'] }])
    await indexJob(id, state, paths)
    expect(await toEmbed()).toEqual(due ? [id] : [])
    expect(await toEmbed(true)).toEqual(due ? [id] : [])
  })

  test('are those that lack vectors of any of the models', async () => {
    const { id, ...rest } = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['a'] }])
    await store({ id, ...rest }, [0], true)
    expect(await toEmbed(false, [MODEL])).toEqual([])
    expect(await toEmbed(false, [MODEL, 'new:latest'])).toEqual([id])
    expect(await toEmbed(false, [])).toEqual([])
  })

  test.each([
    ['succeeded', undefined, false],
    ['partial', 'embedder_unavailable', true],
    ['partial', 'embedder_reply_invalid', false],
    ['failed', 'embedding_model_dimension', false],
    ['cancelled', undefined, true],
    ['queued', undefined, false],
  ])('after a job that %s (%s): %s, unless all are requested', async (state, code, due) => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['a'] }])
    await job(repository.id, state, code)
    expect(await toEmbed()).toEqual(due ? [repository.id] : [])
    expect(await toEmbed(true)).toEqual(state === 'queued' ? [] : [repository.id])
  })

  test.each([
    ["now() - interval '4 minutes'", false],
    ["now() - interval '6 minutes'", true],
    ["now() + interval '1 hour'", true],
  ])('after a job that failed at %s by this clock: %s', async (time, due) => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['a'] }])
    await job(repository.id, 'failed', 'embedding_model_dimension')
    await database().query(`update job set finished_at = ${time}`)
    expect(await toEmbed()).toEqual(due ? [repository.id] : [])
  })

  test('are those that were indexed after their last job began', async () => {
    const repository = await indexedRepository(database(), 'r', [{ path: 'a', chunks: ['a'] }])
    await job(repository.id, 'succeeded')
    await database().query(`update repository set indexed_at = now() + interval '1 second'`)
    expect(await toEmbed()).toEqual([repository.id])
  })
})
