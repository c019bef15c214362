import { describe, expect, test } from 'vitest'
import { type Likeness, meanLikeness, Spread } from '../../../service/search/semantic/likeness.ts'

const FILES = [{ row: { firstDocument: 0, documents: 3 } }, { row: { firstDocument: 4, documents: 2 } }]

function likenessOf(similarities: readonly number[], files = FILES): Likeness {
  const values = Float32Array.from(similarities)
  const spread = new Spread()
  spread.add(values, files)
  return { model: 'm', ...spread.standardising(), of: (id) => (id === 1 ? values : undefined) }
}

const rounded = (values: Float32Array | undefined) =>
  values && Array.from(values, (value) => Math.round(value * 1e4) / 1e4 + 0)

describe('the mean likeness', () => {
  test('of one model is in standard deviations above the mean of the visible chunks', () => {
    // The visible ones are .1, .3, .5, .1 and .5: mean .3, deviation .1789. The fourth document is of a dead file.
    const likeness = likenessOf([0.1, 0.3, 0.5, 0.9, 0.1, 0.5])
    expect(rounded(meanLikeness([likeness], 1))).toEqual([-1.118, 0, 1.118, 3.3541, -1.118, 1.118])
  })

  test('does not count chunks without a vector, which stay without likeness', () => {
    const likeness = likenessOf([0.2, 0, 0.4, 0, 0, 0])
    expect(rounded(meanLikeness([likeness], 1))).toEqual([-1, 0, 1, 0, 0, 0])
  })

  test('is 1 where all chunks are equally similar', () => {
    expect(rounded(meanLikeness([likenessOf([0.2, 0, 0.2, 0, 0.2, 0.2])], 1))).toEqual([1, 0, 1, 0, 1, 1])
  })

  test('of several models gives each the same weight, whatever the range of its similarities', () => {
    const narrow = likenessOf([0.51, 0, 0.53, 0, 0, 0])
    const wide = likenessOf([0.9, 0.1, 0, 0, 0, 0])
    const third = likenessOf([0.2, 0.4, 0, 0, 0, 0])
    expect(rounded(meanLikeness([narrow, wide], 1))).toEqual([0, -1, 1, 0, 0, 0])
    const again = [likenessOf([0.51, 0, 0.53, 0, 0, 0]), wide, third]
    expect(rounded(meanLikeness(again, 1))).toEqual([-0.3333, 0, 1, 0, 0, 0])
  })

  test('of a segment without vectors is unknown', () => {
    expect(meanLikeness([likenessOf([1, 2, 3, 4, 5, 6])], 2)).toBeUndefined()
    expect(meanLikeness([], 1)).toBeUndefined()
  })

  test('adds up over segments', () => {
    const spread = new Spread()
    for (const value of [1, 2, 3]) spread.add(Float32Array.of(value), [{ row: { firstDocument: 0, documents: 1 } }])
    const { scale, shift } = spread.standardising()
    expect([1, 2, 3].map((value) => Math.round(1e4 * (value * scale + shift)) / 1e4 + 0)).toEqual([-1.2247, 0, 1.2247])
  })
})
