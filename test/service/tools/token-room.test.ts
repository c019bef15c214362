import { expect, test } from 'vitest'
import { tokensIn } from '../../../service/tools/token-count.ts'
import { TokenRoom } from '../../../service/tools/token-room.ts'

const LINES = ['const path = join(folder, name)', '', '  return path', 'γράμματα', '}', 'a'.repeat(40)]

test('an answer accepts lines as if each were counted, up to the last that fits', () => {
  for (let tokens = 0; tokens < 60; tokens++) {
    const room = new TokenRoom(tokens)
    let left = tokens
    for (const line of LINES) {
      const cost = tokensIn(`${line}\n`)
      expect(room.hasMoreThan(left - 1)).toBe(true)
      expect(room.hasMoreThan(left)).toBe(false)
      expect(room.take(line)).toBe(cost <= left)
      if (cost <= left) left -= cost
    }
    expect(room.left).toBe(left)
  }
})

test('as much of a line that does not fit is accepted as there is room for, even if that is nothing', () => {
  for (const tokens of [0, 1, 2, 10]) {
    const part = new TokenRoom(tokens).takePart('some words that are too many '.repeat(5))
    expect(tokensIn(part)).toBeLessThanOrEqual(Math.max(1, tokens))
  }
})

test('a line of blanks costs what clients estimate by its characters', () => {
  const room = new TokenRoom(200)
  expect(room.take(' '.repeat(650))).toBe(true)
  expect(room.take(' '.repeat(650))).toBe(false)
})
