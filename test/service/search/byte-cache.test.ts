import { describe, expect, test } from 'vitest'
import { BlockWriter } from '../../../service/lexical/postings.ts'
import { ByteCache } from '../../../service/search/byte-cache.ts'
import { bytesOfTable, makeFileTable } from '../../../service/search/file-table.ts'
import { POSTING_CACHE_BYTES, PostingCache } from '../../../service/search/posting-cache.ts'
import type { Sql } from '../../../service/store/database.ts'

describe('a cache with a byte limit', () => {
  test('evicts the least recently used entries before it exceeds its limit', () => {
    const cache = new ByteCache<number, string>(10_000)
    for (let key = 0; key < 100; key++) {
      cache.get(0)
      cache.set(key, 'value', 1000)
      expect(cache.bytes).toBeLessThanOrEqual(10_000)
    }
    expect([cache.get(0), cache.get(1), cache.get(99)]).toEqual(['value', undefined, 'value'])
  })

  test('counts an entry without a size, so that many small ones reach the limit too', () => {
    const cache = new ByteCache<number, string>(10_000)
    for (let key = 0; key < 1000; key++) cache.set(key, '', 0)
    expect(cache.get(0)).toBeUndefined()
  })

  test('counts a replaced entry once, and stores nothing that is larger than the limit', () => {
    const cache = new ByteCache<number, string>(10_000)
    for (let time = 0; time < 3; time++) cache.set(1, 'value', 5000)
    expect(cache.bytes).toBeLessThan(6000)
    cache.set(2, 'large', 20_000)
    expect([cache.get(2), cache.bytes]).toEqual([undefined, 0])
  })

  test('reads at once what it does not have, and nothing where it has all', async () => {
    const cache = new ByteCache<number, string>(10_000)
    const reads: number[][] = []
    const ask = (...keys: number[]) =>
      cache.getOrRead(keys, async (missing) => {
        reads.push(missing)
        return missing.filter((key) => key !== 3).map((key) => ({ key, value: `${key}`, bytes: 10 }))
      })
    expect(await ask(1, 2)).toEqual(
      new Map([
        [1, '1'],
        [2, '2'],
      ]),
    )
    expect(await ask(2, 3, 4)).toEqual(
      new Map([
        [2, '2'],
        [4, '4'],
      ]),
    )
    expect(await ask(4, 1)).toEqual(
      new Map([
        [4, '4'],
        [1, '1'],
      ]),
    )
    expect(reads).toEqual([
      [1, 2],
      [3, 4],
    ])
  })
})

const TERMS = Array.from({ length: 5_500 }, (_, at) => `term${at}`).sort()

/** Returns a database in which each segment has each term once, in a block of its own. Counts the blocks read. */
function database(terms: readonly string[] = TERMS) {
  let read = 0
  const sql = {
    query: (_: string, [ids, wanted]: [number[], string[]]) => {
      if (wanted === undefined) {
        return Promise.resolve(ids.map((id) => ({ id, lengths: Buffer.alloc(2), firstTerms: terms })))
      }
      read += wanted.length
      return Promise.resolve(
        wanted.map((firstTerm, at) => ({ segmentId: ids[at], firstTerm, data: blocks.get(firstTerm) })),
      )
    },
  } as unknown as Sql
  return { sql, read: () => read }
}

const blocks = new Map(
  TERMS.concat('one', 'two', 'three', 'm').map((term) => {
    const writer = new BlockWriter()
    writer.add(term, Uint32Array.of(0), Uint32Array.of(1), 0, 1)
    return [term, writer.end()[0]?.data]
  }),
)

/** Returns what the cache holds. Undefined if it would have to read the database. */
function held(cache: PostingCache, segmentIds: number[], terms: string[]) {
  const nobody = { query: () => Promise.reject(new Error('asked')) } as unknown as Sql
  return cache.load(nobody, segmentIds, terms).catch(() => undefined)
}

describe('postings', () => {
  const { sql } = database()
  const segments = Array.from({ length: 54 }, (_, at) => at + 1)
  const termsFrom = (first: number) => Array.from({ length: 500 }, (_, at) => `term${first + at}`)

  test('of rare terms stay below the limit, however many are looked up', async () => {
    const cache = new PostingCache()
    for (let first = 0; first < 5000; first += 500) {
      const loaded = await cache.load(sql, segments, termsFrom(first))
      expect(loaded.postings(54, `term${first}`).documents).toEqual(Uint32Array.of(0))
      expect(cache.bytes).toBeLessThanOrEqual(POSTING_CACHE_BYTES)
    }
    expect(await held(cache, segments, termsFrom(4500))).toBeDefined()
    expect(await held(cache, segments, termsFrom(0))).toBeUndefined()
  })

  // An object with two typed arrays and their buffers takes about 490 bytes, and its entry in a Map about 40.
  test('count with their overhead besides their numbers', async () => {
    const cache = new PostingCache()
    await cache.load(sql, segments, termsFrom(0))
    expect(cache.bytes).toBeGreaterThan(500 * segments.length * 500)
  })
})

test('a term that occurs nowhere costs hardly more for many segments than for one, because questions have many such terms', async () => {
  const { sql: nowhere } = database([])
  const bytesWith = async (segments: number) => {
    const cache = new PostingCache()
    const ids = Array.from({ length: segments }, (_, at) => at + 1)
    await cache.load(nowhere, ids, [])
    const before = cache.bytes
    await cache.load(
      nowhere,
      ids,
      Array.from({ length: 100 }, (_, at) => `term${at}`),
    )
    expect((await held(cache, ids, ['term7']))?.postings(1, 'term7').documents).toHaveLength(0)
    return cache.bytes - before
  }
  expect(await bytesWith(100)).toBeLessThan(1.2 * (await bytesWith(1)))
})

test('what is known of some segments is kept when others are looked up, and found again', async () => {
  const cache = new PostingCache()
  const { sql } = database(['one', 'three', 'two'])
  await cache.load(sql, [1, 2], ['one', 'two'])
  const widened = await cache.load(sql, [2, 3], ['two', 'three'])
  for (const term of ['two', 'three']) {
    for (const id of [2, 3]) expect(widened.postings(id, term).documents).toEqual(Uint32Array.of(0))
  }
  expect((await held(cache, [1, 2, 3], ['two']))?.postings(1, 'two').documents).toEqual(Uint32Array.of(0))
  expect([await held(cache, [1, 2, 3], ['one']), await held(cache, [1], ['three'])]).toEqual([undefined, undefined])
})

test('a block is read once for all of its terms, and not at all after it was read ahead', async () => {
  const cache = new PostingCache()
  const { sql, read } = database(['m'])
  await cache.load(sql, [1, 2], ['m', 'n', 'o', 'a'])
  expect(read()).toBe(2)
  await cache.readAhead(sql, [2, 3])
  expect(read()).toBe(3)
  const questions = await held(cache, [1, 2, 3], ['m', 'p'])
  expect(questions?.postings(3, 'm').documents).toEqual(Uint32Array.of(0))
  expect(questions?.postings(3, 'p').documents).toHaveLength(0)
})

test('blocks are not read ahead if they do not all fit into memory', async () => {
  const { sql, read } = database()
  await new PostingCache().readAhead(sql, [1, 2, 3, 4])
  expect(read()).toBe(0)
})

test('a table of files counts the size of each file and segment, even if no file is left', async () => {
  const segment = { id: 1, repositoryId: 1, documents: 10, tokens: 100 }
  const files = Array.from({ length: 100 }, (_, id) => ({
    id,
    repositoryId: 1,
    path: `src/module/${id}.ts`,
    language: 'typescript',
    contentHash: 'a'.repeat(64),
    segmentId: 1,
    firstDocument: id,
    documents: 1,
  }))
  expect(bytesOfTable(await makeFileTable(files, [segment]))).toBeGreaterThan(100 * 300)
  expect(bytesOfTable(await makeFileTable([], [segment, segment]))).toBeGreaterThan(300)
})
