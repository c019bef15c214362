import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { requiredLiteral } from '../../../service/search/grep/pattern/required-literal.ts'

describe('the literal that every match contains', () => {
  test.each([
    ['parseConfig', 'parseConfig'],
    ['\\bparseConfig\\(', 'parseConfig('],
    ['foo.*barbaz', 'barbaz'],
    ['colou?r', 'colo'],
    ['ab+cd', 'bcd'],
    ['x{0,2}yz', 'yz'],
    ['(foo|bar)qux', 'qux'],
    ['foo|bar', ''],
    ['(?i)foo', ''],
    ['[a-z]+_id', '_id'],
    ['[]x]long', 'long'],
    ['\\x41BCD', 'ABCD'],
    ['\\pLabc', 'abc'],
    ['\\Qa.b\\E', 'a.b'],
    ['\\w+', ''],
    ['a{', 'a{'],
    ['^import$', 'import'],
    ['(?P<name>x)yz', 'xyz'],
    ['foo(?:bar)?baz', 'fooba'],
    ['one\\nother', 'other'],
    ['(?:get|set)Value|getValues', 'etValue'],
    ['(?i:a)bcd', ''],
  ])('of %s is %j', (pattern, literal) => {
    expect(requiredLiteral(pattern)).toBe(literal)
  })

  test('is in every line that the pattern matches', () => {
    const atom = fc.constantFrom('a', 'b', 'ab', '.', '\\w', '[ab]', '(a|b)', '(?:ab)', '\\.', 'c')
    const part = fc.tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,1}', '*?')).map(([a, q]) => a + q)
    const pattern = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(pattern, fc.stringMatching(/^[abc.]{0,12}$/), (regex, line) => {
        fc.pre(RE2JS.compile(regex).test(line))
        expect(line).toContain(requiredLiteral(regex))
      }),
      { numRuns: 2000 },
    )
  })
})
