import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { GramBuilder } from '../../../service/lexical/grams/gram-builder.ts'
import { gramsOfLiteral } from '../../../service/lexical/grams/literal-grams.ts'
import { GramDirectory, keepBlocksOf } from '../../../service/lexical/grams/read-grams.ts'
import { SYMBOLS } from '../../../service/lexical/grams/symbols.ts'

/** Returns the first document of each text that has a block with the gram. */
function textsWith(index: ReturnType<GramBuilder['build']>, gram: number): number[] {
  const directory = new GramDirectory(index.directory)
  const blocks = new Uint8Array(Math.ceil(directory.texts.length / 8)).fill(0xff)
  const slice = directory.sliceOf(gram)
  if (slice === undefined) return []
  keepBlocksOf(gram, index.data.subarray(slice.start, slice.start + slice.length), slice.firstGram, blocks)
  return [...directory.texts].filter((_, block) => ((blocks[block >>> 3] as number) >>> (block & 7)) & 1)
}

function indexOf(texts: readonly string[]) {
  const builder = new GramBuilder()
  for (const [at, text] of texts.entries()) builder.add(text, 10 * at)
  return builder.build()
}

test('Characters that a case-insensitive pattern may match alike share a symbol', () => {
  const apart: string[] = []
  for (let code = 1; code < 0x10000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue
    // RE2 compiles a class of two characters to the ranges of everything that it matches.
    const ranges = RE2JS.compile(`[\\x{${code.toString(16)}}\\x{10ffff}]`, RE2JS.CASE_INSENSITIVE)
      .re2()
      .prog.inst.flatMap(({ runes }: { runes: Int32Array }) => [...runes])
    for (let at = 0; at < ranges.length; at += 2) {
      for (let other = ranges[at]; other <= ranges[at + 1] && other < 0x10000; other++) {
        if (SYMBOLS[other] !== SYMBOLS[code]) apart.push(`${code} ${other}`)
      }
    }
  }
  expect(apart).toEqual([])
})

describe('A gram index', () => {
  const line = fc.stringMatching(/^[abcé鸚 _]{0,12}$/)
  const text = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'))

  test('finds the texts of each literal, whatever its case', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 40 }), fc.stringMatching(/^[abcéABÉ鸚 _]{2,6}$/), (texts, literal) => {
        const index = indexOf(texts)
        const holding = texts.flatMap((each, at) => (each.toLowerCase().includes(literal.toLowerCase()) ? 10 * at : []))
        for (const gram of gramsOfLiteral(literal, true))
          expect(textsWith(index, gram)).toEqual(expect.arrayContaining(holding))
      }),
    )
  })

  test('distinguishes capitals if case matters', () => {
    const index = indexOf(['getError', 'gettERror', 'GETERROR', 'none', 'none', 'none', 'none'])
    const [gram = 0] = gramsOfLiteral('tEr', false)
    expect(textsWith(index, gram)).toEqual([0])
    expect(textsWith(index, gramsOfLiteral('tEr', true)[0] ?? 0)).toEqual([0, 10, 20])
  })

  test('finds accents as they are written and as they are composed', () => {
    const index = indexOf(['un cafe\u0301 noir', 'caf\u00e9', 'none', 'none', 'none'])
    for (const gram of gramsOfLiteral('caf\u00e9', false)) expect(textsWith(index, gram)).toEqual([0, 10])
    for (const gram of gramsOfLiteral('cafe\u0301 n', false)) expect(textsWith(index, gram)).toContain(0)
  })

  test('returns only the texts of a rare gram, wherever its slice begins', () => {
    const texts = Array.from({ length: 300 }, (_, at) => `common line\nword${String(at).padStart(3, '0')}x and more`)
    const index = indexOf(texts)
    expect(new GramDirectory(index.directory).slices).toBeGreaterThan(1)
    for (const at of [0, 7, 150, 299]) {
      const [gram = 0] = gramsOfLiteral(`${String(at).padStart(3, '0')}`, false)
      expect(textsWith(index, gram)).toEqual([10 * at])
    }
    expect(textsWith(index, gramsOfLiteral('qqq', false)[0] ?? 0)).toEqual([])
    expect(textsWith(index, gramsOfLiteral('common', false)[0] ?? 0)).toHaveLength(300)
  })

  test('cuts a long text into blocks of whole lines', () => {
    const lines = Array.from({ length: 3000 }, (_, at) => `line ${at} of a text${at === 2000 ? ' qzx' : ''}`)
    const index = indexOf([lines.join('\n'), 'x'.repeat(100_000)])
    const { texts } = new GramDirectory(index.directory)
    expect([...texts].filter((text) => text === 0).length).toBeGreaterThan(5)
    expect([...texts].filter((text) => text === 10)).toHaveLength(1)
    expect(textsWith(index, gramsOfLiteral('qzx', false)[0] ?? 0)).toHaveLength(1)
  })

  test('contains no gram across two lines', () => {
    const index = indexOf(['ab\ncd', 'ab\r\ncd'])
    expect(new GramDirectory(index.directory).slices).toBe(0)
    expect(gramsOfLiteral('ab\ncd', false)).toEqual([])
  })

  test('of nothing is empty', () => {
    const directory = new GramDirectory(indexOf([]).directory)
    expect([directory.slices, directory.texts.length]).toEqual([0, 0])
  })
})
