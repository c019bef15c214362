import { describe, expect, test } from 'vitest'
import { insertEmbeddings } from '../../../service/store/embeddings.ts'
import { registerModel } from '../../../service/store/models.ts'
import { nearestChunks } from '../../../service/store/nearest-chunks.ts'
import { useEmbeddedDatabase } from '../../fakes/embedded-database.ts'
import { hashedVector } from '../../fakes/hashed-vector.ts'
import { indexedRepository, sha256 } from '../../fakes/indexed-repository.ts'

const database = useEmbeddedDatabase()
const vectorOf = (text: string) => Float32Array.from(hashedVector(text, 32))

async function keep(texts: readonly string[]) {
  const model = await registerModel(database(), 'all-minilm:latest', 32)
  await insertEmbeddings(
    database(),
    model,
    texts.map((text) => ({ hash: sha256(text), vector: vectorOf(text) })),
  )
  return model
}

describe('the nearest chunks', () => {
  const FILES = [
    { path: 'parser', chunks: ['parse the arguments', 'open a socket'] },
    { path: 'server', chunks: ['parse arguments of a socket'] },
    { path: 'old', chunks: ['parse the arguments well'], died: 1 },
  ]
  const texts = FILES.flatMap(({ chunks }) => chunks)

  test('are visible ones of the requested repositories, nearest first', async () => {
    const repository = await indexedRepository(database(), 'r', FILES)
    await indexedRepository(database(), 'other', [{ path: 'x', chunks: ['parse the arguments'] }])
    const model = await keep(texts)
    const query = {
      model,
      vector: vectorOf('parse the arguments'),
      repositories: [repository],
      limit: 10,
      exact: false,
    }
    const found = await nearestChunks(database(), query)
    expect(found.map(({ document }) => document)).toEqual([0, 2, 1])
    expect(found.every(({ segmentId }) => segmentId === repository.segmentId)).toBe(true)
    expect(found[0]?.similarity).toBeCloseTo(1, 2)
  })

  test('are those of the given files, if any, and no more than the limit', async () => {
    const repository = await indexedRepository(database(), 'r', FILES)
    const model = await keep(texts)
    const query = { model, vector: vectorOf('parse the arguments'), repositories: [repository], exact: false }
    const inServer = await nearestChunks(database(), { ...query, fileIds: repository.fileIds.slice(1, 2), limit: 9 })
    expect(inServer.map(({ document }) => document)).toEqual([2])
    expect(await nearestChunks(database(), { ...query, limit: 1 })).toHaveLength(1)
  })

  test('include all with the same text', async () => {
    const one = await indexedRepository(database(), 'one', FILES)
    const two = await indexedRepository(database(), 'two', FILES)
    const model = await keep(texts)
    const query = { model, vector: vectorOf('open a socket'), repositories: [one, two], limit: 2, exact: true }
    const found = await nearestChunks(database(), query)
    expect(new Set(found.map(({ segmentId }) => segmentId))).toEqual(new Set([one.segmentId, two.segmentId]))
  })
})
