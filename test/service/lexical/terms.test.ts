import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stem } from '../../../service/lexical/stem.ts'
import { definitionTerm, exactDefinitionTerm, termsOf, tokensOf } from '../../../service/lexical/terms.ts'

describe('terms', () => {
  test.each([
    ['HTTPServer', [stem('httpserver'), 'http', stem('server')]],
    ['read_file', [stem('readfile'), 'read', 'file']],
    ['readFile', [stem('readfile'), 'read', 'file']],
    ['READ_FILE', [stem('readfile'), 'read', 'file']],
    ['sha256', ['sha256', 'sha', '256']],
    ['parseURLs', [stem('parseurls'), 'pars', 'url']],
    ['__init__', ['init']],
    ['x', []],
    ['tokenizers', [stem('tokenizers')]],
    ['größenÄnderung', ['größenänderung', 'größen', 'änderung']],
  ])('cuts %s into its whole and its stemmed parts', (token, expected) => {
    expect(termsOf(token)).toEqual(expected)
  })

  test('cuts scripts without spaces into pairs of characters', () => {
    expect(termsOf('索引构建')).toEqual(['索引构建', '索引', '引构', '构建'])
  })

  test('a text is cut at whatever is no letter, digit or underscore', () => {
    expect(tokensOf('foo.bar($baz, "a-b") // naïve 😀 x_1')).toEqual(['foo', 'bar', 'baz', 'a', 'b', 'naïve', 'x_1'])
  })

  test('a run of more than 64 characters is no token', () => {
    expect(tokensOf(`${'a'.repeat(128)} ${'b'.repeat(129)} c`)).toEqual(['a'.repeat(128), 'c'])
  })

  test('a definition is found in whatever convention its name is written', () => {
    expect(definitionTerm('read_file')).toBe(definitionTerm('ReadFile'))
    expect(definitionTerm('$ZodType')).toBe(definitionTerm('ZodType'))
    expect(exactDefinitionTerm('read_file')).not.toBe(exactDefinitionTerm('ReadFile'))
  })

  test('no text gives the term of a definition', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const terms = new Set(tokensOf(text).flatMap(termsOf))
        for (const token of tokensOf(text)) {
          expect(terms).not.toContain(definitionTerm(token))
          expect(terms).not.toContain(exactDefinitionTerm(token))
        }
      }),
    )
  })

  test('the tokens of a text are its substrings, in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        let from = 0
        for (const token of tokensOf(text)) {
          const at = text.indexOf(token, from)
          expect(at).toBeGreaterThanOrEqual(0)
          from = at + token.length
        }
      }),
    )
  })
})

describe('stems', () => {
  test.each([
    ['parses', 'parsing'],
    ['connection', 'connected'],
    ['validates', 'validation'],
    ['serializer', 'serialization'],
    ['dependencies', 'dependency'],
    ['queries', 'query'],
    ['running', 'runs'],
    ['closed', 'closing'],
    ['parser', 'parse'],
    ['loaders', 'loading'],
    ['handlers', 'handling'],
  ])('%s and %s share one', (left, right) => {
    expect(stem(left)).toBe(stem(right))
  })

  test.each([
    ['class', 'clas'],
    ['status', 'statu'],
    ['thing', 'th'],
    ['string', 'str'],
    ['bus', 'bu'],
  ])('%s is not cut to %s', (word, wrong) => {
    expect(stem(word)).not.toBe(wrong)
  })

  test('a stem is never empty and never longer than a letter more', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,20}$/), (word) => {
        const stemmed = stem(word)
        expect(stemmed).not.toBe('')
        expect(stemmed.length).toBeLessThanOrEqual(word.length + 1)
      }),
    )
  })
})
