import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { gramsOfLiteral } from '../../../service/lexical/grams/literal-grams.ts'
import { type GramQuery, gramsOfPattern } from '../../../service/search/grep/pattern/gram-query.ts'
import { PatternReader } from '../../../service/search/grep/pattern/pattern-reader.ts'
import { type Requirement, requirementsOf } from '../../../service/search/grep/pattern/required-texts.ts'

/** Formats what a pattern requires with `&` and `|`, without texts of fewer than three characters. */
const requiredBy = (pattern: string) => written({ all: requirementsOf(new PatternReader(pattern).read()) }) ?? ''

function written(requirement: Requirement): string | undefined {
  if ('text' in requirement) return requirement.text.length < 3 ? undefined : requirement.text
  const parts = ('all' in requirement ? requirement.all : requirement.any).map(written)
  if ('any' in requirement && parts.includes(undefined)) return undefined
  const different = [...new Set(parts.filter((part) => part !== undefined))]
  const joined = different.join('all' in requirement ? ' & ' : ' | ')
  return different.length > 1 ? `(${joined})` : different[0]
}

describe('What a pattern requires', () => {
  test.each([
    ['parseConfig', 'parseConfig'],
    ['\\bparseConfig\\(', 'parseConfig('],
    ['^import \\w+ as np$', '(import  &  as np)'],
    ['foo.*bar', '(foo & bar)'],
    ['(?i)hello', 'hello'],
    ['foo|bar', '(foo | bar)'],
    ['foo|b.*r', ''],
    ['(foo|bar)Baz', '(fooBaz | barBaz)'],
    ['(?:foo.*x|bar)Baz', '((foo | bar) & (xBaz | barBaz))'],
    ['[nN]ever', '(never | Never)'],
    ['[a-z]ever', 'ever'],
    ['[^n]ever', 'ever'],
    ['neve?r', '(never | nevr)'],
    ['abcd+ef', '(abcd & def)'],
    ['abc{2}def', '(abc & cdef)'],
    ['abc{0,2}def', 'def'],
    ['a{bc', 'a{bc'],
    ['\\Qa.b(c\\Ed*', 'a.b(c'],
    ['\\x41\\x{42}\\103', 'ABC'],
    ['[]x]abc', '(]abc | xabc)'],
    ['[[:alpha:]]abc', 'abc'],
    ['(?P<name>abc)def', 'abcdef'],
    ['(?i:abc)(?s)def', 'abcdef'],
    ['größe\\d', 'größe'],
    ['\\pL+abc\\p{Greek}', 'abc'],
    ['.*', ''],
    ['(a|b|c|d|e|f)(a|b|c|d|e|f)xyz', '(axyz | bxyz | cxyz | dxyz | exyz | fxyz)'],
    ['(((a{0,30}){0,30}))', ''],
  ])('%s: %s', (pattern, required) => {
    RE2JS.compile(pattern)
    expect(requiredBy(pattern)).toBe(required)
  })

  test.each([
    ['foo bar', true],
    ['foo.bar', true],
    ['foo\\wbar', true],
    ['foo\\nbar', false],
    ['foo\nbar', false],
    ['foo\\sbar', false],
    ['foo[^x]bar', false],
    ['foo\\Wbar', false],
    ['(?s)foo.bar', false],
    ['foo[\\t-\\r]bar', false],
    ['foo[ -~]bar', true],
    ['foo\\x0abar', false],
  ])('is looked up within one line of %s: %s', (pattern, withinLine) => {
    expect(gramsOfPattern(pattern, false).withinLine).toBe(withinLine)
  })

  test('is composed, whatever the form of accents in the pattern', () => {
    expect(gramsOfPattern('cafe\u0301s', false)).toEqual(gramsOfPattern('caf\u00e9s', false))
  })

  test('stays small and fast, however large the pattern is', () => {
    for (const pattern of ['(abc|def.)'.repeat(100), `${'(abc?'.repeat(190)}${')'.repeat(190)}`, 'abcd.'.repeat(200)]) {
      expect(JSON.stringify(gramsOfPattern(pattern, false)).length).toBeLessThan(20_000)
    }
  })

  const piece: fc.Arbitrary<string> = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'ab', 'ba', 'k', 'é', '鸚', '\\.', '_') },
    fc.constantFrom(
      '.',
      '[ab]',
      '[^a]',
      '\\w',
      '\\b',
      '[a-c]',
      '\\Qab\\E',
      '\\x61',
      '^',
      '(?i)',
      '[ſk]',
      '\\pL',
      '[[:word:]]',
    ),
  )
  const { pattern } = fc.letrec<{ pattern: string; alternatives: string; repeated: string; sequence: string }>(
    (tie) => ({
      pattern: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        piece,
        tie('sequence'),
        tie('alternatives'),
        tie('repeated'),
      ),
      alternatives: fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(?:${one}|${other})`),
      sequence: fc.array(tie('pattern'), { minLength: 2, maxLength: 4 }).map((parts) => parts.join('')),
      repeated: fc
        .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,3}', '+?'))
        .map(([one, times]) => `(?:${one})${times}`),
    }),
  )

  test('is in every line that the pattern matches, case-sensitively or not', () => {
    const line = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', 'A', 'B', 'K', 'k', 'K', 'ſ', 'é', 'É', '鸚', '.', '_', ' '),
    })
    fc.assert(
      fc.property(
        pattern,
        fc.array(line, { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (regex, lines, ignoreCase) => {
          const compiled = RE2JS.compile(regex, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
          const { query } = gramsOfPattern(regex, ignoreCase)
          const matched = lines.filter((each) => compiled.test(each))
          expect(matched.filter((each) => query !== undefined && !holds(query, gramsOfText(each)))).toEqual([])
        },
      ),
      { numRuns: 2000 },
    )
  })
})

function gramsOfText(text: string): Set<number> {
  return new Set([...gramsOfLiteral(text, true), ...gramsOfLiteral(text, false)])
}

function holds(query: GramQuery, grams: ReadonlySet<number>): boolean {
  if ('grams' in query) return query.grams.every((gram) => grams.has(gram))
  return 'all' in query ? query.all.every((each) => holds(each, grams)) : query.any.some((each) => holds(each, grams))
}
