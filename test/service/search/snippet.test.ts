import { describe, expect, test } from 'vitest'
import { withinScreen } from '../../../service/search/snippet.ts'

const words = [{ stem: 'walrus', share: 1 }]
const long = (before: number, after: number) => `${'x, '.repeat(before)}walrus${', y'.repeat(after)}`

describe('a long line', () => {
  test('is shown as it is where it is short enough', () => {
    expect(withinScreen('the walrus sleeps', words)).toBe('the walrus sleeps')
  })

  test('is cut around the first word that was asked for', () => {
    const shown = withinScreen(long(1000, 1000), words)
    expect(shown).toMatch(/^….*walrus.*…$/)
    expect(shown.length).toBeLessThanOrEqual(402)
  })

  test('is cut at one end where the word stands at the other', () => {
    expect(withinScreen(long(0, 1000), words)).toMatch(/^walrus.*…$/)
    expect(withinScreen(long(1000, 0), words)).toMatch(/^….*walrus$/)
  })

  test('shows its beginning where it holds no word', () => {
    expect(withinScreen('z'.repeat(5000), words)).toBe(`${'z'.repeat(400)}…`)
  })
})
