import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import ranks from 'gpt-tokenizer/bpeRanks/o200k_base'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, test } from 'vitest'
import { cutToTokens, mostTokensIn, tokensIn } from '../../../service/tools/token-count.ts'
import { Vocabulary } from '../../../service/tools/vocabulary.ts'

const require = createRequire(import.meta.url)
const here = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const messages = (language: string) => {
  const folder = dirname(require.resolve('typescript'))
  const texts: Record<string, string> = JSON.parse(
    readFileSync(join(folder, language, 'diagnosticMessages.generated.json'), 'utf8'),
  )
  return Object.values(texts).join('\n')
}
const pseudoRandom = (bytes: number) => {
  let state = 1
  const next = () => {
    state = (state * 48_271) % 2_147_483_647
    return state & 255
  }
  return Buffer.from(Array.from({ length: bytes }, next))
}
const minified = (code: string) => code.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '').replace(/\s+/g, ' ')

const TEXTS: Readonly<Record<string, string>> = {
  TypeScript: here('service/search/ranking.ts'),
  Python: here('test/fixtures/languages/python.py.txt'),
  Go: here('test/fixtures/languages/go.go.txt'),
  SQL: here('service/store/migrations/0001-index.sql'),
  prose: here('ARCHITECTURE.md'),
  'numbered lines': here('service/search/search.ts').replace(/^/gm, () => '117\t'),
  'minified code': minified(here('service/search/ranking.ts')),
  JSON: here('service/indexing/secrets/gitleaks.json').slice(0, 60_000),
  Japanese: messages('ja').slice(0, 30_000),
  Chinese: messages('zh-cn').slice(0, 30_000),
  Korean: messages('ko').slice(0, 30_000),
  Russian: messages('ru').slice(0, 30_000),
  German: messages('de').slice(0, 30_000),
  base64: pseudoRandom(20_000).toString('base64'),
  hexadecimal: pseudoRandom(20_000).toString('hex'),
  numbers: Array.from({ length: 3000 }, (_, at) => at * 7).join(', '),
  'a ruler': `${'-'.repeat(78)}\n${'='.repeat(100)}\n`.repeat(20),
}

describe('the token count of a text', () => {
  test.each(Object.entries(TEXTS))('is right within five percent: %s', (_, text) => {
    const real = countTokens(text)
    expect(Math.abs(tokensIn(text) - real)).toBeLessThanOrEqual(Math.ceil(0.05 * real))
  })

  test('uses a vocabulary that contains every token of the tokeniser', () => {
    const made = new Vocabulary()
    for (const token of ranks) if (typeof token === 'string') made.add(token)
    const kept = readFileSync(new URL('../../../service/tools/vocabulary.bin', import.meta.url))
    expect(Buffer.compare(kept, made.bits)).toBe(0)
  })

  test('of a truncated beginning is no more than requested, and nearly as many', () => {
    const { 'a ruler': _, ...texts } = TEXTS
    for (const text of Object.values(texts)) {
      const cut = cutToTokens(text, 100)
      expect(text.startsWith(cut)).toBe(true)
      expect(tokensIn(cut)).toBeLessThanOrEqual(100)
      expect(tokensIn(cut)).toBeGreaterThanOrEqual(Math.min(70, tokensIn(text)))
    }
    expect(cutToTokens('😀😀😀', 3).isWellFormed()).toBe(true)
    for (const none of [0, -1, -100]) expect(cutToTokens('anything', none)).toBe('')
  })

  test.each(Object.entries(TEXTS))('is never more than its length allows: %s', (_, text) => {
    for (const line of text.slice(0, 5000).split('\n')) expect(tokensIn(line)).toBeLessThanOrEqual(mostTokensIn(line))
  })

  test('of each character is never more than its length allows', () => {
    for (let unit = 0; unit < 0x10000; unit += unit < 0x300 ? 1 : 97) {
      const text = String.fromCharCode(unit).repeat(5)
      expect(tokensIn(text)).toBeLessThanOrEqual(mostTokensIn(text))
    }
  })
})
