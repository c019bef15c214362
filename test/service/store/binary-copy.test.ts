import { describe, expect, test } from 'vitest'
import { binaryCopy } from '../../../service/store/binary-copy.ts'
import { describeOnEachEngine } from './each-engine.ts'

const DIMENSIONS = 384

/** Returns the half-precision numbers of a vector in its binary format. */
function halvesOf(numbers: readonly number[]): number[] {
  const data = binaryCopy(['halfvec'], [[Float32Array.from(numbers)]])
  const start = data.length - 2 - 2 * numbers.length
  return numbers.map((_, index) => data.readUInt16BE(start + 2 * index))
}

/** Decodes a half-precision number by the definition of the format. */
function numberOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 31
  const fraction = half & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

describe('Half precision', () => {
  const finite = Array.from({ length: 0x7c00 }, (_, half) => half)

  test('keeps all its numbers, including the smallest', () => {
    expect(halvesOf(finite.map(numberOf))).toEqual(finite)
    expect(halvesOf(finite.map((half) => -numberOf(half)))).toEqual(finite.map((half) => half | 0x8000))
  })

  test('rounds to the nearest number, and ties to the even one', () => {
    const pairs = finite.slice(0, -1)
    const between = (share: number) => pairs.map((half) => numberOf(half) * (1 - share) + numberOf(half + 1) * share)
    expect(halvesOf(between(0.5))).toEqual(pairs.map((half) => half + (half & 1)))
    expect(halvesOf(between(0.49))).toEqual(pairs)
    expect(halvesOf(between(0.51))).toEqual(pairs.map((half) => half + 1))
  })

  test('has nothing beyond its range', () => {
    expect(halvesOf([65519, 65520, 1e30, -1e30, 1e-30])).toEqual([0x7bff, 0x7c00, 0x7c00, 0xfc00, 0])
  })
})

describeOnEachEngine('Rows copied in', (database) => {
  const table = (columns: string) =>
    database().query(`drop table if exists entry; create table entry (${columns}, unique (id))`)
  const all = (columns: string) => database().query(`select ${columns} from entry order by id`)

  test('keep their values', async () => {
    await table('id int4, words text, bytes bytea, vector halfvec(3)')
    const rows = [
      [-7, 'né "a"\t\\N', Buffer.from([0, 255]), Float32Array.of(0.1, -2, 65504)],
      [2 ** 31 - 1, '', new Uint8Array(), null],
      [3, null, null, Float32Array.of(6e-8, 0, -0)],
    ] as const
    const data = binaryCopy(['int4', 'text', 'bytea', 'halfvec'], rows)
    await database().copyIn('entry (id, words, bytes, vector)', data)
    expect(await all('id, words, bytes, vector::text')).toEqual([
      { id: -7, words: 'né "a"\t\\N', bytes: Buffer.from([0, 255]), vector: '[0.099975586,-2,65504]' },
      { id: 3, words: null, bytes: null, vector: '[5.9604645e-08,0,-0]' },
      { id: 2 ** 31 - 1, words: '', bytes: Buffer.alloc(0), vector: null },
    ])
  })

  test('have the precision of the column', async () => {
    await table(`id int4, vector halfvec(${DIMENSIONS})`)
    const rows = Array.from(
      { length: 10_000 },
      (_, id) => [id, Float32Array.from({ length: DIMENSIONS }, (_, n) => Math.sin(id * 31 + n) / 20)] as const,
    )
    await database().transaction((sql) => sql.copyIn('entry (id, vector)', binaryCopy(['int4', 'halfvec'], rows)))
    const kept = await database().query<{ sent: Buffer }>('select halfvec_send(vector) as sent from entry order by id')
    expect(kept).toHaveLength(rows.length)
    for (const [id, vector] of rows) {
      const numbers = kept[id]?.sent.subarray(4).swap16()
      expect(numbers?.equals(Buffer.from(new Float16Array(vector).buffer))).toBe(true)
    }
  })

  test('may be none', async () => {
    await table('id int4')
    await database().copyIn('entry (id)', binaryCopy(['int4'], []))
    expect(await all('id')).toEqual([])
  })

  test.each([
    ['an existing one', [[1], [2], [1]] as const, '23505'],
    ['nothing that Postgres can read', 'no rows at all', '22P04'],
  ])('are all rejected because of %s, and the next statements work', async (_, rows, code) => {
    await table('id int4')
    const data = typeof rows === 'string' ? Buffer.from(rows) : binaryCopy(['int4'], rows)
    await expect(database().copyIn('entry (id)', data)).rejects.toMatchObject({ code })
    await expect(database().transaction((sql) => sql.copyIn('entry (id)', data))).rejects.toMatchObject({ code })
    expect(await all('id')).toEqual([])
  })

  test('are rejected at the first of many', async () => {
    await table('id int4')
    const rows = Array.from({ length: 500_000 }, () => [1] as const)
    await expect(database().copyIn('entry (id)', binaryCopy(['int4'], rows))).rejects.toMatchObject({ code: '23505' })
    await expect(database().copyIn('nowhere (id)', binaryCopy(['int4'], rows))).rejects.toMatchObject({
      code: 'schema_outdated',
    })
    expect(await all('id')).toEqual([])
  })

  test('are rolled back with their transaction', async () => {
    await table('id int4')
    const failing = database().transaction(async (sql) => {
      await sql.copyIn('entry (id)', binaryCopy(['int4'], [[1]]))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await all('id')).toEqual([])
  })
})
