import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stem } from '../../../service/lexical/stem.ts'
import { analysed, definitionTerm, exactDefinitionTerm, termsOf, tokensOf } from '../../../service/lexical/terms.ts'

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
    ['größenÄnderung', ['grossenanderung', 'grossen', 'anderung']],
    ['使用ConfigMap配置', ['configmap', '使用', 'config', 'map', '配置']],
    ['пользовательПароля', ['пользовательпароля', 'пользователь', 'пароля']],
  ])('split %s into the whole and its stemmed parts', (token, expected) => {
    expect(termsOf(token)).toEqual(expected)
  })

  test('split scripts without spaces into pairs of characters', () => {
    expect(termsOf('索引构建')).toEqual(['索引', '引构', '构建'])
    expect(termsOf('サーバー')).toEqual(['サー', 'ーバ', 'バー'])
    expect(termsOf('𠮷野家')).toEqual(['𠮷野', '野家'])
  })

  test('are separated by everything that is not a letter, digit or underscore', () => {
    expect(tokensOf('foo.bar($baz, "a-b") // naïve 😀 x_1')).toEqual([
      'foo',
      'bar',
      'baz',
      'a',
      'b',
      'naïve',
      '😀',
      'x_1',
    ])
  })

  test('include a run of more than 128 characters only if it consists of words', () => {
    expect(tokensOf(`${'a'.repeat(128)} ${'b'.repeat(129)} c`)).toEqual(['a'.repeat(128), 'c'])
    const name = `returns_${'an_older_copy_of_the_record_'.repeat(6)}when_asked`
    const sentence = 'この関数は利用者が入力した合言葉'.repeat(200)
    expect(tokensOf(`${name} ${sentence}`)).toEqual([name, sentence])
    for (const data of ['aGVsbG8gd29ybGQ', '9f86d081884c7d65', 'JBSWY3DPEB3W64TM'])
      expect(tokensOf(data.repeat(20))).toEqual([])
  })

  test.each([
    ['composed and decomposed accents', 'réservation', 're\u0301servation'],
    ['no accents', 'réservation', 'reservation'],
    ['no accents in Vietnamese', 'đườngDẫn', 'duongDan'],
    ['ß and ss', 'Straße', 'STRASSE'],
    ['a transcribed umlaut', 'Größe', 'groesse'],
    ['a dotted capital', 'İstanbul', 'istanbul'],
    ['a dotless letter', 'ışık', 'IŞIK'],
    ['full-width letters and digits', 'ＡＢＣ１２', 'abc12'],
    ['half-width kana', 'ｻｰﾊﾞｰ', 'サーバー'],
    ['a word with and without its long vowel', 'サーバー', 'サーバ'],
    ['conjoined and separate letters of Hangul', '사용자', '사용자'.normalize('NFD')],
    ['a Korean word with a particle', '사용자를', '사용자'],
    ['a Korean word of one syllable', '값을', '값'],
    ['a single ideograph', '分布式锁', '锁'],
    ['an ideograph of a rare plane', '𠮷野家', '𠮷'],
    ['part of a Thai phrase', 'ตรวจสอบรหัสผ่านของผู้ใช้', 'รหัสผ่าน'],
    ['part of a Lao phrase', 'ກວດສອບລະຫັດຜ່ານ', 'ລະຫັດ'],
    ['part of a Khmer phrase', 'ពិនិត្យពាក្យសម្ងាត់', 'ពាក្យ'],
    ['Hebrew with and without points', 'סִיסְמָה', 'סיסמה'],
    ['a Hebrew word with an article', 'הסיסמה', 'סיסמה'],
    ['Arabic with and without points', 'كَلِمَة', 'كلمة'],
    ['an Arabic word with an article', 'المستخدم', 'مستخدم'],
    ['Persian with and without a joiner', 'می\u200cخواهم', 'میخواهم'],
    ['Arabic digits', '٣٤', '34'],
    ['a Russian word in another case', 'ошибки', 'ошибка'],
    ['ё and е', 'ёлка', 'елка'],
    ['Greek with and without accents', 'κωδικός', 'ΚΩΔΙΚΟΣ'],
    ['a Hindi plural', 'त्रुटियों', 'त्रुटि'],
    ['a picture with and without its selector', '⚠️', '⚠'],
    ['letters of mathematics', '𝐀𝐛𝐜', 'abc'],
  ])('match: %s', (_, written, asked) => {
    const terms = (text: string) => tokensOf(text).flatMap((token) => analysed(token).all)
    const found = new Set(terms(written))
    expect(terms(asked)).toSatisfy((own: string[]) => own.some((term) => found.has(term)))
  })

  test('ignore invisible hyphens, and normalise raised digits and radicals', () => {
    const terms = (text: string) => tokensOf(text).flatMap(termsOf)
    expect(terms('Pass\u00adwort')).toEqual(terms('Passwort'))
    expect(terms('\ufeffword\u2060s')).toEqual(terms('words'))
    expect(terms('H₂O m²')).toEqual(terms('H2O m2'))
    expect(terms('⼀⼆')).toEqual(terms('一二'))
  })

  test('exclude copyright and trademark signs', () => {
    expect(tokensOf('© ® ™ ← a')).toEqual(['a'])
  })

  test('match a definition in any naming convention', () => {
    expect(definitionTerm('read_file')).toBe(definitionTerm('ReadFile'))
    expect(definitionTerm('$ZodType')).toBe(definitionTerm('ZodType'))
    expect(exactDefinitionTerm('read_file')).not.toBe(exactDefinitionTerm('ReadFile'))
  })

  test('of no text equal the term of a definition', () => {
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

  test('are substrings of the text, in order', () => {
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

  test('a stem is never empty and at most one letter longer than its word', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,20}$/), (word) => {
        const stemmed = stem(word)
        expect(stemmed).not.toBe('')
        expect(stemmed.length).toBeLessThanOrEqual(word.length + 1)
      }),
    )
  })
})
