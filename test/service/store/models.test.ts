import { describe, expect, test } from 'vitest'
import { insertEmbeddings } from '../../../service/store/embeddings.ts'
import {
  allModels,
  deleteUnwantedModels,
  findModel,
  indexModel,
  registerModel,
  wantModels,
} from '../../../service/store/models.ts'
import { insertVectors } from '../../../service/store/segment-vectors.ts'
import { MINUTE } from '../../../service/units.ts'
import { packVectors } from '../../../service/vectors/packed-vectors.ts'
import { useEmbeddedDatabase } from '../../fakes/embedded-database.ts'
import { hashedVector } from '../../fakes/hashed-vector.ts'
import { addSegment, type IndexedRepository, indexedRepository, sha256 } from '../../fakes/indexed-repository.ts'

const database = useEmbeddedDatabase()
const MODEL = 'all-minilm:latest'
const vectorOf = (text: string) => Float32Array.from(hashedVector(text, 32))
const indexesOf = (modelId: number) =>
  database().query('select 1 from pg_indexes where indexname = $1', [`embedding_hnsw_${modelId}`])

describe('a model', () => {
  test('is registered once, with its initial dimensions', async () => {
    const first = await registerModel(database(), MODEL, 32)
    expect(await registerModel(database(), MODEL, 64)).toEqual(first)
    expect(await findModel(database(), MODEL)).toEqual({ id: first.id, dimensions: 32 })
    expect(await findModel(database(), 'other:latest')).toBeUndefined()
    expect(await allModels(database())).toEqual([{ ...first, name: MODEL }])
  })

  test('has no index before one is requested, and then exactly one', async () => {
    const { id } = await registerModel(database(), MODEL, 32)
    expect(await indexesOf(id)).toHaveLength(0)
    for (let time = 0; time < 2; time++) await indexModel(database(), id)
    expect(await indexesOf(id)).toHaveLength(1)
    await database().query(`drop index embedding_hnsw_${id}`)
  })

  test('has no index if it has more dimensions than an index supports', async () => {
    const { id } = await registerModel(database(), 'huge:latest', 4096)
    await indexModel(database(), id)
    expect(await indexesOf(id)).toHaveLength(0)
  })
})

describe('a model that is no longer in the settings', () => {
  const WANTED = 'new:latest'

  /** Stores a vector for the first document of a segment, and one by the hash of its text. */
  async function embedded(model: string, { id, segmentId }: IndexedRepository, complete = true) {
    const row = await registerModel(database(), model, 32)
    const packed = packVectors([0], [vectorOf('one')])
    await insertEmbeddings(database(), row, [{ hash: sha256('one'), vector: vectorOf('one') }])
    await insertVectors(database(), id, row.id, [{ segmentId, packed, complete }])
  }

  const longUnwanted = () => database().query(`update model set wanted_at = now() - interval '1 hour'`)
  const clean = () => deleteUnwantedModels(database(), [WANTED], 10 * MINUTE)
  const names = async () => (await allModels(database())).map(({ name }) => name)
  const repository = () => indexedRepository(database(), 'r', [{ path: 'a', chunks: ['one'] }])

  test('is deleted with all its vectors once the others have theirs', async () => {
    const indexed = await repository()
    await embedded('old:latest', indexed)
    await embedded(WANTED, indexed)
    await longUnwanted()
    await clean()
    expect(await names()).toEqual([WANTED])
    const [left] = await database().query(
      `select (select count(*) from embedding) as embeddings, (select count(*) from vector_block) as blocks,
         (select count(*) from segment_vectors) as states`,
    )
    expect(left).toEqual({ embeddings: 1, blocks: 1, states: 1 })
  })

  test('stays while a segment lacks vectors of the others', async () => {
    const indexed = await repository()
    await embedded('old:latest', indexed)
    await longUnwanted()
    await clean()
    expect(await names()).toEqual(['old:latest'])
    await embedded(WANTED, indexed, false)
    await longUnwanted()
    await clean()
    expect(await names()).toEqual(['old:latest', WANTED])
  })

  test('is not kept by an invisible segment', async () => {
    const indexed = await repository()
    await addSegment(database(), indexed.id, [{ path: 'dead', chunks: ['gone'], died: 1 }])
    await embedded('old:latest', indexed)
    await embedded(WANTED, indexed)
    await longUnwanted()
    await clean()
    expect(await names()).toEqual([WANTED])
  })

  test('stays for as long as another service may still want it', async () => {
    const indexed = await repository()
    await embedded('old:latest', indexed)
    await embedded(WANTED, indexed)
    await longUnwanted()
    await wantModels(database(), ['old:latest'])
    await clean()
    expect(await names()).toEqual(['old:latest', WANTED])
  })
})
