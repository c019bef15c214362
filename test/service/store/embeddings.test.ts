import { describe, expect, test } from 'vitest'
import {
  embeddingsOf,
  insertEmbeddings,
  insertNewEmbeddings,
  isDuplicate,
  repositoryNow,
} from '../../../service/store/embeddings.ts'
import { registerModel } from '../../../service/store/models.ts'
import { hashedVector } from '../../fakes/hashed-vector.ts'
import { indexedRepository, sha256 } from '../../fakes/indexed-repository.ts'
import { describeOnEachEngine } from './each-engine.ts'

const vectorOf = (text: string) => Float32Array.from(hashedVector(text, 32))
const textOf = (text: string, vector = vectorOf(text)) => ({ hash: sha256(text), vector })

describeOnEachEngine('The vectors of texts', (database) => {
  const register = (name: string) => registerModel(database(), name, 32)
  const of = async (modelId: number, ...texts: string[]) =>
    embeddingsOf(
      database(),
      modelId,
      texts.map((text) => sha256(text)),
    )

  test('are read by hash, in half precision, without missing ones', async () => {
    const model = await register('kept')
    await insertEmbeddings(database(), model, [textOf('parse the arguments'), textOf('b')])
    const found = await of(model.id, 'parse the arguments', 'nowhere')
    expect([...found.keys()]).toEqual([sha256('parse the arguments')])
    for (const [at, value] of [...(found.get(sha256('parse the arguments')) ?? [])].entries()) {
      expect(value).toBeCloseTo(vectorOf('parse the arguments')[at] as number, 3)
    }
  })

  test('are stored once: a text with a vector keeps it, and may occur twice in a group', async () => {
    const model = await register('once')
    await insertEmbeddings(database(), model, [textOf('a'), textOf('a')])
    await insertEmbeddings(database(), model, [textOf('a', vectorOf('something else')), textOf('c')])
    const found = await of(model.id, 'a', 'c')
    expect(found.size).toBe(2)
    expect(found.get(sha256('a'))?.map(Math.round)).toEqual(vectorOf('a').map(Math.round))
  })

  test('that are wrongly assumed to be new are rejected, with their whole transaction', async () => {
    const model = await register('new')
    await insertNewEmbeddings(database(), model, [textOf('a'), textOf('a')])
    const failure = await database()
      .transaction((sql) =>
        Promise.all([
          insertNewEmbeddings(sql, model, [textOf('a', vectorOf('something else')), textOf('b')]),
          sql.query(`insert into model (name, dimensions) values ('given after it', 32)`),
        ]),
      )
      .catch((error: unknown) => error)
    expect(isDuplicate(failure)).toBe(true)
    const models = await database().query(`select from model where name = 'given after it'`)
    expect([(await of(model.id, 'a', 'b')).size, models.length]).toEqual([1, 0])
    expect((await of(model.id, 'a')).get(sha256('a'))?.map(Math.round)).toEqual(vectorOf('a').map(Math.round))
  })

  test('in a transaction with other statements are stored together with them, in order', async () => {
    const model = await register('together')
    const [, , after] = await database().transaction((sql) =>
      Promise.all([
        insertNewEmbeddings(sql, model, [textOf('a')]),
        sql.query(`insert into repository (name, source, vectors) values ('together', '/together', 1)`),
        sql.query('select vectors, (select count(*) from embedding where model_id = $1) as kept from repository', [
          model.id,
        ]),
      ]),
    )
    expect(after).toEqual([{ vectors: 1, kept: 1 }])
  })

  test('belong to one model', async () => {
    await insertEmbeddings(database(), await register('one'), [textOf('a')])
    const other = await register('other')
    expect(await of(other.id, 'a')).toEqual(new Map())
  })

  test('of other dimensions than those of the model are refused', async () => {
    const model = await register('narrow')
    const wrong = textOf('a', new Float32Array(31).fill(0.1))
    await expect(insertEmbeddings(database(), model, [wrong])).rejects.toThrow('expected 32 dimensions, not 31')
    expect((await of(model.id, 'a')).size).toBe(0)
  })

  test('that another transaction added meanwhile are a retryable failure', async () => {
    const model = await register('raced')
    const racing = {
      copyIn: database().copyIn.bind(database()),
      // Looks before the other transaction has added its row.
      query: async () => [],
    }
    await insertEmbeddings(database(), model, [textOf('a')])
    const failure = await insertEmbeddings(racing, model, [textOf('a')]).catch((error: unknown) => error)
    expect([isDuplicate(failure), isDuplicate(new Error('another'))]).toEqual([true, false])
  })
})

describeOnEachEngine('A repository to embed', (database) => {
  test('is at the generation that readers see, unless it was removed', async () => {
    const { id } = await indexedRepository(database(), 'now', [], 3)
    expect(await repositoryNow(database(), id)).toEqual({ id, generation: 3 })
    await database().query('update repository set removed = true where id = $1', [id])
    expect(await repositoryNow(database(), id)).toBeUndefined()
    expect(await repositoryNow(database(), id + 1000)).toBeUndefined()
  })
})

describe('a failure', () => {
  test('of another kind is no duplicate', () => {
    expect(isDuplicate(Object.assign(new Error('x'), { code: '23503' }))).toBe(false)
    expect(isDuplicate('23505')).toBe(false)
  })
})
