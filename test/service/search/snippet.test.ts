import { describe, expect, test } from 'vitest'
import { bestLines, definitionHit, heldWords, signatureIn, withinScreen } from '../../../service/search/snippet.ts'

const words = [{ stem: 'walrus', share: 1 }]
const long = (before: number, after: number) => `${'x, '.repeat(before)}walrus${', y'.repeat(after)}`

describe('a long line', () => {
  test('is shown unchanged if it is short enough', () => {
    expect(withinScreen('the walrus sleeps', words)).toBe('the walrus sleeps')
  })

  test('is cut around the first matching word', () => {
    const shown = withinScreen(long(1000, 1000), words)
    expect(shown).toMatch(/^….*walrus.*…$/)
    expect(shown.length).toBeLessThanOrEqual(402)
  })

  test('is cut at one end if the word is at the other', () => {
    expect(withinScreen(long(0, 1000), words)).toMatch(/^walrus.*…$/)
    expect(withinScreen(long(1000, 0), words)).toMatch(/^….*walrus$/)
  })

  test('shows its beginning if it contains no matching word', () => {
    expect(withinScreen('z'.repeat(5000), words)).toBe(`${'z'.repeat(400)}…`)
  })
})

describe('the matched definition', () => {
  const lines = ['def issue():', '  return key', 'def rotate():', '  the walrus', 'def revoke():', '  return walrus']
  const definitions = [
    { symbol: 'Keys.issue', line: 1 },
    { symbol: 'Keys.rotate', line: 3 },
    { symbol: 'Keys.revoke', line: 5 },
  ]
  const hit = (stem: string, symbol?: string) => {
    const asked = [{ stem, share: 1 }]
    const question = { words: asked, isName: false }
    return definitionHit(definitions, symbol, question, heldWords(lines, { startLine: 1, endLine: 6 }, asked))?.symbol
  }

  test('is the one whose name is asked for, or else the one whose lines contain the words', () => {
    expect(hit('revok')).toBe('Keys.revoke')
    expect(hit('key')).toBe('Keys.issue')
  })

  test('is the one with the symbol of the chunk if others are as good', () => {
    expect(hit('walrus')).toBe('Keys.rotate')
    expect(hit('walrus', 'Keys.revoke')).toBe('Keys.revoke')
    expect(hit('nothing', 'Keys.issue')).toBe('Keys.issue')
  })
})

describe('the hit among fields', () => {
  const lines = [
    'class Door:',
    '    def __init__(self):',
    '        self.width = 2',
    '        oil(hinge)',
    '        self.lock = 1',
  ]
  const definitions = [
    { symbol: 'Door', line: 1, kind: 'class', endLine: 5 },
    { symbol: 'Door.__init__', line: 2, kind: 'method', endLine: 5 },
    { symbol: 'Door.width', line: 3, kind: 'field', endLine: 3 },
    { symbol: 'Door.lock', line: 5, kind: 'field', endLine: 5 },
  ]
  const hit = (isName: boolean, ...stems: string[]) => {
    const asked = stems.map((stem) => ({ stem, share: 1 / stems.length }))
    const held = heldWords(lines, { startLine: 1, endLine: 5 }, asked)
    return definitionHit(definitions, 'Door', { words: asked, isName }, held)?.symbol
  }

  test('is what encloses a line that is not a field itself', () => {
    expect(hit(false, 'hing')).toBe('Door.__init__')
    expect(hit(false, 'lock')).toBe('Door.lock')
  })

  test('is the definition with the qualified name that was asked for', () => {
    expect(hit(true, 'door', 'lock')).toBe('Door.lock')
    expect(hit(true, 'door')).toBe('Door')
  })
})

test('the best lines are those that contain most of the words', () => {
  const lines = ['a', 'b', 'walrus', 'walrus', 'c']
  expect(bestLines(heldWords(lines, { startLine: 1, endLine: 5 }, words), 2)).toEqual({ startLine: 3, endLine: 4 })
})

test('a signature ends with its parameters, and is one line if these are many', () => {
  expect(signatureIn(['def f(', '  a,', ') -> b:', '  c'])).toEqual(['def f(', '  a,', ') -> b:'])
  expect(signatureIn(['class A:', '  b = (1)'])).toEqual(['class A:'])
  expect(signatureIn(['f(', 'a,', 'b,', 'c)'])).toEqual(['f('])
})

describe('a line that is a whole file', () => {
  const words = [{ stem: '分布', share: 1 }]

  test('without spaces is shown around the matching word', () => {
    expect(withinScreen(`${'漢字'.repeat(4000)}分布${'漢字'.repeat(4000)}`, words)).toMatch(/^….*分布.*…$/)
  })

  test('is read from its start, up to a limit of screens', () => {
    const held = (before: number) =>
      heldWords([`${'漢'.repeat(before)}分布`], { startLine: 1, endLine: 1 }, words).lines[0]?.size
    expect([held(1000), held(100_000)]).toEqual([1, 0])
    expect(withinScreen(`${'漢'.repeat(100_000)}分布`, words)).toMatch(/^漢+…$/)
  })
})
