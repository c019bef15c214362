import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSegmentBuilder } from '../../../service/lexical/segment-builder.ts'
import { termsOfToken, tokensOf } from '../../../service/lexical/terms.ts'
import { Vocabulary } from '../../../service/lexical/vocabulary.ts'

const termsIn = (vocabulary: Vocabulary, text: string) =>
  Array.from(vocabulary.tokensOf(text), (token) => {
    const terms: string[] = []
    vocabulary.eachTerm(token, (term) => terms.push(vocabulary.termOf(term)))
    return terms
  })

const ANY_TEXT = fc.string({
  unit: fc.constantFrom('a', 'B', '9', '_', ' ', '\n', 'é', '漢', '字', 'ß', '\u0301', '😀', '😁', '𝒳', '\ud83d'),
  maxLength: 60,
})

test('a vocabulary finds the tokens of any text, whether it knows them or not', () => {
  fc.assert(
    fc.property(fc.array(ANY_TEXT, { maxLength: 8 }), (texts) => {
      const vocabulary = new Vocabulary()
      for (const text of [...texts, ...texts]) {
        expect(termsIn(vocabulary, text)).toEqual(tokensOf(text).map((token) => termsOfToken(token).all))
      }
    }),
  )
})

test('a token has one number, wherever it stands', () => {
  const vocabulary = new Vocabulary()
  const [open, door, again] = vocabulary.tokensOf('open door open')
  expect(again).toBe(open)
  expect([...vocabulary.tokensOf('(door, open)')]).toEqual([door, open])
})

test('a vocabulary keeps the numbers of 20,000 tokens apart', () => {
  const vocabulary = new Vocabulary()
  const names = Array.from({ length: 20_000 }, (_, at) => `name${at}`)
  const numbers = [...vocabulary.tokensOf(names.join(' '))]
  expect(new Set(numbers).size).toBe(names.length)
  expect([...vocabulary.tokensOf(names.toReversed().join(' '))]).toEqual(numbers.toReversed())
})

test('terms are sorted by their UTF-8 bytes, however they begin', () => {
  const anyTerm = fc.string({
    unit: fc.constantFrom('a', 'b', '~', '\u007f', 'é', '字', '\uffee', '😀'),
    maxLength: 10,
  })
  fc.assert(
    fc.property(fc.uniqueArray(anyTerm), (terms) => {
      const vocabulary = new Vocabulary()
      const numbers = Uint32Array.from(terms, (term) => vocabulary.numberOf(term))
      vocabulary.sort(numbers)
      expect(Array.from(numbers, (number) => vocabulary.termOf(number))).toEqual(
        terms.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
      )
    }),
  )
})

test('a listener learns each token once, without its further spellings', () => {
  const learned: (readonly string[])[] = []
  const vocabulary = new Vocabulary({ know: (terms) => learned.push(terms), hear: () => {} })
  vocabulary.tokensOf('readFile größe readFile')
  vocabulary.tokensOf('größe')
  expect(learned).toEqual([['readfil', 'read', 'file'], ['gross']])
})

test('a vocabulary that has grown too large forgets everything before the next segment, and not during one', () => {
  const vocabulary = new Vocabulary(undefined, 1000)
  const segmentOf = (text: string) => {
    const builder = createSegmentBuilder(vocabulary)
    builder.add({ path: 'x', language: 'text', definitions: ['Door.open'], text })
    return builder.build()
  }
  const many = Array.from({ length: 100 }, (_, at) => `name${at}`).join(' ')
  const first = segmentOf(many)
  expect(vocabulary.size).toBeGreaterThan(100)
  expect(segmentOf('few words')).toEqual(segmentOf('few words'))
  expect(vocabulary.size).toBeLessThan(20)
  expect(segmentOf(many)).toEqual(first)
})

test('segments with a shared vocabulary are the same as with one of their own', () => {
  const shared = new Vocabulary()
  fc.assert(
    fc.property(fc.array(ANY_TEXT, { minLength: 1, maxLength: 4 }), (texts) => {
      const build = (vocabulary?: Vocabulary) => {
        const builder = createSegmentBuilder(vocabulary)
        for (const text of texts) builder.add({ path: 'src/x.ts', language: 'text', definitions: ['a', 'B.a'], text })
        return builder.build()
      }
      expect(build(shared)).toEqual(build())
    }),
  )
})
