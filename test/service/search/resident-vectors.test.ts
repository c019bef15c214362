import { expect, test } from 'vitest'
import { ResidentVectors } from '../../../service/search/semantic/resident-vectors.ts'
import type { Database } from '../../../service/store/database.ts'
import { MIB } from '../../../service/units.ts'
import { packVectors } from '../../../service/vectors/packed-vectors.ts'
import { makeVectors } from '../vectors/random-vectors.ts'

const DIMENSIONS = 1024
const MODEL = { id: 1, name: 'm', dimensions: DIMENSIONS }
const next = makeVectors('even', DIMENSIONS)

interface Block {
  readonly segmentId: number
  readonly id: number
  readonly data: Buffer
}

/** A segment's vectors in groups of these sizes. */
function blocksOf(segmentId: number, vectors: readonly Float32Array[], sizes: readonly number[]): Block[] {
  let from = 0
  return sizes.map((size, id) => {
    const documents = Array.from({ length: size }, (_, at) => from + at)
    from += size
    const { bytes } = packVectors(
      documents,
      documents.map((document) => vectors[document] as Float32Array),
    )
    return { segmentId, id, data: Buffer.from(bytes) }
  })
}

/** A database with these blocks, and the sizes of what its statements returned. */
function databaseOf(blocks: readonly Block[]) {
  const read: number[] = []
  const query = async (text: string, [, segments, ids]: [number, number[], number[]?]) => {
    if (!text.includes('data from')) {
      const there = blocks.filter(({ segmentId }) => segments.includes(segmentId))
      return there.map(({ segmentId, id, data }) => ({ segmentId, id, bytes: data.length }))
    }
    const asked = segments.map((segment, at) =>
      blocks.find(({ segmentId, id }) => segmentId === segment && id === ids?.[at]),
    )
    const found = asked.filter((block) => block !== undefined)
    read.push(found.reduce((sum, { data }) => sum + data.length, 0))
    return found
  }
  return { database: { query } as unknown as Database, read }
}

test('reads at most a megabyte at a time, whether the groups are small or large, and each group once', async () => {
  const vectors = Array.from({ length: 2600 }, next)
  const small = blocksOf(1, vectors, Array(26).fill(100))
  const large = blocksOf(2, vectors, [2600])
  const { database, read } = databaseOf([...small, ...large])
  const resident = new ResidentVectors(database, MODEL)
  const segments = [1, 2].map((id) => ({ id, documents: vectors.length, complete: false }))
  await resident.update(1, segments)
  await resident.update(1, segments)
  const alone = large[0]?.data.length ?? 0
  expect(read.filter((bytes) => bytes > MIB)).toEqual([alone])
  expect(read.length).toBeLessThan(6)
  const question = vectors[2599] as Float32Array
  for (const { id, documents } of segments) {
    const cosines = resident.cosines(id, question, new Float32Array(documents))
    expect(cosines[2599]).toBeCloseTo(1, 2)
    expect(cosines.every((value) => value !== 0)).toBe(true)
  }
})

test('keeps the vectors of the segments that are left when most were unloaded, in less memory', async () => {
  const vectors = Array.from({ length: 50 }, next)
  const ids = Array.from({ length: 10 }, (_, at) => at + 1)
  const { database } = databaseOf(ids.flatMap((id) => blocksOf(id, vectors, [50])))
  const resident = new ResidentVectors(database, MODEL)
  const segments = ids.map((id) => ({ id, documents: 50, complete: true }))
  await resident.update(1, segments)
  const before = resident.bytes
  await resident.update(1, segments.slice(7))
  expect(resident.bytes).toBeLessThan(0.5 * before)
  expect(ids.filter((id) => resident.has(id))).toEqual([8, 9, 10])
  const question = vectors[7] as Float32Array
  for (const id of [8, 9, 10]) expect(resident.cosines(id, question, new Float32Array(50))[7]).toBeCloseTo(1, 2)
})
