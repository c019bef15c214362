import { describe, expect, test } from 'vitest'
import { makeNotes, screenOf } from '../../../infra/cli/terminal.ts'
import { shownAge, shownBytes } from '../../../infra/quantities.ts'

/** A terminal cuts what is between these where its line ends. */
const [CUT, WRAP] = ['\u001b[?7l', '\u001b[?7h']

function screen(isTTY: boolean, TERM = 'xterm') {
  const written: string[] = []
  let ms = 0
  const stream = { isTTY, columns: 10, write: (text: string) => written.push(text) }
  const notes = makeNotes(screenOf(stream, { TERM }), () => ms)
  return { written, notes, pass: (passed: number) => (ms += passed) }
}

describe('progress', () => {
  test('on a terminal is a line that the next one replaces and a note removes', () => {
    const { written, notes, pass } = screen(true)
    pass(1000)
    notes.progress('0 %')
    notes.progress('1 %')
    pass(1000)
    notes.progress('a line that is too long')
    notes.note('done')
    notes.note('really')
    expect(written).toEqual([
      `\r\u001b[K${CUT}0 %${WRAP}`,
      `\r\u001b[K${CUT}a line th${WRAP}`,
      '\r\u001b[Kdone\n',
      'really\n',
    ])
  })

  test.each([
    ['elsewhere', false, 'xterm'],
    ['on a terminal that cannot replace lines', true, 'dumb'],
  ])('%s is a line every ten seconds', (_, isTTY, TERM) => {
    const { written, notes, pass } = screen(isTTY, TERM)
    for (let second = 0; second < 25; second++) {
      notes.progress(`${second} s`)
      pass(1000)
    }
    expect(written).toEqual(['10 s\n', '20 s\n'])
  })
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1536, '1.5 KiB'],
  [99.9 * 1024, '99.9 KiB'],
  [250 * 1024 ** 2, '250 MiB'],
  [1024 ** 3, '1.0 GiB'],
  [2000 * 1024 ** 4, '2000 TiB'],
])('%d bytes are shown as %s', (bytes, shown) => {
  expect(shownBytes(bytes)).toBe(shown)
})

test.each([
  [-1, '0 s'],
  [119, '119 s'],
  [120, '2 min'],
  [7_199, '119 min'],
  [7_200, '2 h'],
  [172_800, '2 days'],
])('%d seconds are shown as %s', (seconds, shown) => {
  expect(shownAge(seconds)).toBe(shown)
})
