import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimateTokens, halvesOf, piecesOf } from '../../../service/embedding/pieces.ts'

test('the pieces of a text make up the text, and each fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.integer({ min: 40, max: 200 }), (text, most) => {
      const pieces = piecesOf(text, most)
      expect(pieces.join('')).toBe(text)
      for (const piece of pieces) expect(estimateTokens(piece) <= most || piece.length < 2).toBe(true)
    }),
  )
})

test('halves are never empty and never split a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 2 }), (text) => {
      const [first, second] = halvesOf(text)
      expect(first + second).toBe(text)
      expect(first).not.toBe('')
      expect(second).not.toBe('')
      const isOneCharacter = Array.from(text).length === 1
      expect(isOneCharacter || (first.isWellFormed() && second.isWellFormed())).toBe(true)
    }),
  )
})

test('two spaces are split between them', () => {
  expect(halvesOf('  ')).toEqual([' ', ' '])
})

test('a text is split at the end of a line near its middle', () => {
  expect(halvesOf('const a = 1\nconst b = 2\n')).toEqual(['const a = 1\n', 'const b = 2\n'])
})

test('only the first pieces of a huge text count', () => {
  expect(piecesOf('word '.repeat(100_000), 100).length).toBe(32)
})

test('letters that form no word count as more tokens than words', () => {
  expect(estimateTokens('x'.repeat(400))).toBeGreaterThan(estimateTokens('word '.repeat(80)) * 2)
})
