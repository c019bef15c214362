import { distance } from 'fastest-levenshtein'
import { describe, expect, test } from 'vitest'
import { NearestPaths } from '../../../service/search/paths/nearest-paths.ts'

const WORDS = ['order', 'cart', 'invoice', 'refund', 'ledger', 'parcel', 'report', 'session']
const word = (at: number) => WORDS[at % WORDS.length] as string

/** Paths of a large repository, of which no two are equal. */
const paths = Array.from(
  { length: 200_000 },
  (_, at) => `packages/${word(at)}${at % 97}/src/${word(at >> 3)}/${word(at >> 6)}_${word(at >> 9)}_${at}.ts`,
)

function look(wanted: string, among: readonly string[]) {
  let compared = 0
  const nearest = new NearestPaths((one, other) => {
    compared++
    return distance(one, other)
  })
  among.forEach(nearest.to([wanted]))
  return { near: nearest.paths(), compared: () => compared }
}

describe('among 200,000 paths', () => {
  test.each([
    ['a file with two letters swapped', 'src/serivces/payment-provider.ts', 'src/services/payment-provider.ts'],
    ['a file in another folder', 'lib/core/payment-provider.ts', 'src/services/payment-provider.ts'],
    ['a folder', 'src/servces', 'src/services/'],
    ['a short name', 'src/ab.c', 'src/abc.c'],
  ])('%s is found by comparing a few hundred of them', (_, wanted, expected) => {
    const { near, compared } = look(wanted, [
      ...paths,
      'src/services/payment-provider.ts',
      'src/services/',
      'src/abc.c',
    ])
    expect(near[0]).toBe(expected)
    expect(compared()).toBeLessThan(1000)
  })

  test('the nearest folder is found although thousands of files have the wanted name', () => {
    const same = paths.map((path) => path.replace(/[^/]*$/, 'index.ts'))
    const { near, compared } = look('packages/wire/src/index.ts', [...same, 'packages/wires/src/index.ts'])
    expect(near[0]).toBe('packages/wires/src/index.ts')
    expect(compared()).toBeLessThan(1000)
  })
})

test('nothing is near a path that is unlike all others', () => {
  expect(look('quux/zzz.yaml', paths.slice(0, 1000)).near).toEqual([])
})
