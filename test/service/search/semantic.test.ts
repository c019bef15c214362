import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeOllama } from '../../../service/embedding/ollama.ts'
import { makeEmbedRun } from '../../../service/indexing/embeddings/embed-run.ts'
import { makeSemanticLeg } from '../../../service/search/semantic.ts'
import { silent, useEmbeddedDatabase } from '../../fakes/embedded-database.ts'
import { type IndexedRepository, indexedRepository } from '../../fakes/indexed-repository.ts'
import { type FakeOllama, startFakeOllama } from '../../fakes/ollama.ts'

const database = useEmbeddedDatabase()
const signal = new AbortController().signal

let ollama: FakeOllama
beforeEach(async () => {
  ollama = await startFakeOllama()
})
afterEach(() => ollama.stop())

const FILES = [
  { path: 'parser', chunks: ['parse the arguments of a command', 'open a socket'] },
  { path: 'server', chunks: ['listen on a socket', 'answer a request'] },
]
const embedder = (patience = 60_000) =>
  makeOllama({ url: ollama.url, model: 'all-minilm' }, { queryPatienceMs: patience, retryDelayMs: 1 })
const leg = () => makeSemanticLeg(database(), embedder())
const embed = ({ id }: IndexedRepository) =>
  makeEmbedRun({ database: database(), embedder: embedder(), log: silent })({ repositoryId: id }, signal, () => {})

describe('the semantic leg', () => {
  test('finds the chunks whose texts are nearest to the question', async () => {
    const repository = await indexedRepository(database(), 'r', FILES)
    await embed(repository)
    const answer = await leg().nearest(
      { query: 'listen on which socket', repositories: [repository], limit: 2 },
      signal,
    )
    expect(answer.hits.map(({ document }) => document)).toEqual([2, 1])
    expect(answer.hits.every(({ segmentId }) => segmentId === repository.segmentId)).toBe(true)
    expect(answer.hits[0]?.score).toBeGreaterThan(answer.hits[1]?.score ?? 1)
    expect(answer.incomplete).toBeUndefined()
  })

  test('looks only at the repositories and files given', async () => {
    const one = await indexedRepository(database(), 'one', FILES)
    const two = await indexedRepository(database(), 'two', [{ path: 'other', chunks: ['listen on which socket'] }])
    await embed(one)
    await embed(two)
    const query = { query: 'listen on which socket', repositories: [one], limit: 9 }
    const all = await leg().nearest(query, signal)
    expect(new Set(all.hits.map(({ segmentId }) => segmentId))).toEqual(new Set([one.segmentId]))
    const parser = await leg().nearest({ ...query, fileIds: new Set(one.fileIds.slice(0, 1)) }, signal)
    expect(new Set(parser.hits.map(({ document }) => document))).toEqual(new Set([0, 1]))
    expect(await leg().nearest({ ...query, fileIds: new Set() }, signal)).toEqual({ hits: [] })
  })

  test('says how many chunks it could not consider', async () => {
    const whole = await indexedRepository(database(), 'whole', FILES)
    const repositories = [whole]
    const before = await leg().nearest({ query: 'socket', repositories, limit: 9 }, signal)
    expect(before).toEqual({ hits: [], incomplete: '0 % of the chunks have vectors so far' })
    await embed(whole)
    repositories.push(await indexedRepository(database(), 'new', [{ path: 'x', chunks: ['a', 'b'] }]))
    const half = await leg().nearest({ query: 'socket', repositories, limit: 9 }, signal)
    expect(half.hits).toHaveLength(4)
    expect(half.incomplete).toBe('66 % of the chunks have vectors so far')
  })

  test('refuses to compare with vectors of other dimensions', async () => {
    const repository = await indexedRepository(database(), 'r', FILES)
    await embed(repository)
    ollama.dimensions = 48
    await expect(leg().nearest({ query: 'x', repositories: [repository], limit: 9 }, signal)).rejects.toMatchObject({
      code: 'embedding_model_dimension',
    })
  })

  test.each([
    'dripping',
    'held',
    'status_500',
    'status_503',
    'cut_json',
    'html',
    'nan',
    'short_batch',
    'error_in_200',
  ] as const)('fails with a fault that can be told when the embedder meets %s', async (fault) => {
    const repository = await indexedRepository(database(), 'r', FILES)
    await embed(repository)
    ollama.fault = fault
    const impatient = makeSemanticLeg(database(), embedder(50))
    await expect(
      impatient.nearest({ query: 'socket', repositories: [repository], limit: 9 }, signal),
    ).rejects.toMatchObject({ name: 'Fault', code: expect.stringMatching(/^embedder_/) })
  })
})
