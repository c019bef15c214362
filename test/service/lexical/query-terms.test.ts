import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseQuery, QUERY_WEIGHTS } from '../../../service/lexical/query-terms.ts'
import { stem } from '../../../service/lexical/stem.ts'

const weightsOf = (query: string) =>
  Object.fromEntries(parseQuery(query).terms.map(({ term, weight }) => [term, weight]))

describe('a query', () => {
  test('in words looks up their stems, without question words', () => {
    expect(parseQuery('how are the connections closed?').words).toEqual(['connect', 'close'])
  })

  test('of only question words looks these up', () => {
    expect(parseQuery('what is this').words).toEqual(['what', 'is', 'this'])
  })

  test('that contains a name looks up the whole name, its parts and its definition', () => {
    expect(weightsOf('HTTPServer')).toEqual({
      [stem('httpserver')]: QUERY_WEIGHTS.wholeName,
      http: QUERY_WEIGHTS.partOfName,
      [stem('server')]: QUERY_WEIGHTS.partOfName,
      '=httpserver': QUERY_WEIGHTS.definedName,
      '==HTTPServer': QUERY_WEIGHTS.definedExactly,
      '==$HTTPServer': QUERY_WEIGHTS.definedExactly,
    })
  })

  test('of two adjacent words looks up the name that they may form', () => {
    const weights = weightsOf('json response')
    expect(weights[stem('jsonresponse')]).toBe(QUERY_WEIGHTS.joined)
    expect(weights['=jsonresponse']).toBe(QUERY_WEIGHTS.definedJoined)
  })

  test.each([
    ['read_file', true],
    ['parse', true],
    ['readFile HTTPServer', true],
    ['where is readFile called', false],
    ['retry policy', false],
  ])('%j is a name: %s', (query, isName) => {
    expect(parseQuery(query).isName).toBe(isName)
  })

  test.each([
    ['Model.save', '==save', '==Model.save'],
    ['`Model.save()`', '==save', '==Model.save'],
    ['std::vec::Vec', '==Vec', '==vec.Vec'],
    ['app.use', '==use', '==App.use'],
    ['class HTTPServer', '==HTTPServer', undefined],
    ['where is read_file defined?', '==read_file', undefined],
    ['definition of Signal.connect', '==connect', '==Signal.connect'],
    ['self.read_file', '==read_file', undefined],
    ['redeem', '==redeem', undefined],
    ['def redeem', '==redeem', undefined],
    ['pub async fn redeem(code: &str)', '==redeem', undefined],
  ])('%j looks for one definition', (query, exact, member) => {
    expect(parseQuery(query).wanted).toMatchObject({ exact })
    expect(Object.keys(weightsOf(query))).toEqual(expect.arrayContaining(member ? [exact, member] : [exact]))
  })

  test.each([
    'type inference',
    'fun with types',
    'where is the session stored',
    'readFile HTTPServer',
    'router and User.save',
    'what.',
  ])('%j looks for no single definition', (query) => {
    expect(parseQuery(query).wanted?.member).toBeUndefined()
    expect(query.includes(' ') ? parseQuery(query).wanted : undefined).toBeUndefined()
  })

  test('with too many words uses those at its beginning and its end', () => {
    const { words } = parseQuery(['Traceback', ...Array(60).fill('frame'), 'VoucherSpent'].join(' '))
    expect(words).toEqual(['traceback', 'frame', stem('voucher'), 'spent'])
  })

  test('looks up at most 31 words and no term twice, whatever it contains', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        const { terms, words } = parseQuery(text)
        expect(words.length).toBeLessThanOrEqual(31)
        expect(new Set(terms.map(({ term }) => term)).size).toBe(terms.length)
      }),
    )
  })
})
