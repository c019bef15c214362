import { describe, expect, test } from 'vitest'
import { parseQuery, termsToRead } from '../../../service/lexical/query-terms.ts'
import { QUERY_READ, RUN_READ, readOfQuery } from '../../../service/lexical/query-text.ts'
import { tokensOf } from '../../../service/lexical/terms.ts'

const LENGTH = 100_000
const filledWith = (unit: string) => unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH)

/** U+FDFA normalises to eighteen characters. */
const UNITS = ['漢', 'ก', '한', 'カ', 'م', 'नमस्ते', 'é', 'e\u0301', '\u0301', '😀', '🇩🇪', '\ufdfa', '½', '\u200d', '７']
const WRITTEN = ['a', 'A', 'aB', '_', 'long_', 'ReadFile', '7', 'a.b.', '/a', 'a     ', '\n', 'retry the payment ']
const RARE = [`${'\ufdfa'.repeat(RUN_READ)} `, `${'漢'.repeat(RUN_READ)} `, '\ufdfa漢A ', '漢字 ', 'กa']

describe('of a query of 100,000 characters', () => {
  test.each([...UNITS, ...WRITTEN, ...RARE])(
    'filled with %j only a small part is read, and few terms are looked up',
    (unit) => {
      const read = readOfQuery(filledWith(unit))
      const characters = read.normalize('NFKC').length
      expect(characters).toBeGreaterThan(0)
      expect(characters).toBeLessThanOrEqual(2 * QUERY_READ)
      expect(Math.max(0, ...tokensOf(read).map((token) => token.length))).toBeLessThanOrEqual(RUN_READ)
      expect(termsToRead(parseQuery(read)).length).toBeLessThanOrEqual(500)
    },
  )

  test('both ends are read', () => {
    const { words } = parseQuery(readOfQuery(`market ${filledWith('漢')} wallet`))
    expect(words).toEqual(expect.arrayContaining(['market', 'wallet']))
  })

  test('that is one word, both ends are read', () => {
    const { words } = parseQuery(readOfQuery(`支払${filledWith('の')}領収`))
    expect(words).toEqual(expect.arrayContaining(['支払', '領収']))
  })
})

test('a key in a query hides none of its words', () => {
  const key = Array.from({ length: 400 }, (_, at) => `${at % 7}aB${at % 3}x`).join('')
  expect(parseQuery(readOfQuery(`${key} wallet`)).words).toEqual(['wallet'])
})

test('a query of normal length is read unchanged', () => {
  const query = 'where is ①ﬁle_reader closed… ﾃｽﾄ'
  expect(readOfQuery(query)).toBe(query)
})
