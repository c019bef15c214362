import { Writable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeTerminal } from '../../../service/modes/terminal.ts'

/** A stream that keeps what is written to it, and says what it is. */
function stream(isTTY: boolean, columns = 80) {
  const written: string[] = []
  const to = new Writable({
    write: (chunk, _, done) => {
      written.push(String(chunk))
      done()
    },
  })
  return { written, to: Object.assign(to, { isTTY, columns }) as unknown as NodeJS.WriteStream }
}

/** A terminal cuts what is between these where its line ends. */
const [CUT, WRAP] = ['\u001b[?7l', '\u001b[?7h']
const UTF8 = { LANG: 'en_US.UTF-8' }

describe('the terminal', () => {
  test('shows a line that the next one replaces, and leaves nothing of it behind', () => {
    const [out, err] = [stream(true), stream(true, 10)]
    const terminal = makeTerminal(out.to, err.to, UTF8)
    terminal.replaceLine?.('█░ 1 of 2 files')
    terminal.clearLine?.()
    terminal.clearLine?.()
    expect(err.written).toEqual([`\r\u001b[K${CUT}█░ 1 of 2${WRAP}`, '\r\u001b[K'])
  })

  test('draws bars of ASCII where the locale has no others', () => {
    const err = stream(true)
    makeTerminal(stream(true).to, err.to, { LANG: 'C' }).replaceLine?.('██░ 2 of 3')
    expect(err.written).toEqual([`\r\u001b[K${CUT}##. 2 of 3${WRAP}`])
  })

  test('replaces no line where the terminal cannot', () => {
    expect(makeTerminal(stream(true).to, stream(true).to, { ...UTF8, TERM: 'dumb' }).replaceLine).toBeUndefined()
    expect(makeTerminal(stream(true).to, stream(false).to, UTF8).replaceLine).toBeUndefined()
  })

  test.each([
    [true, 'dumb', true],
    [true, 'xterm', true],
    [false, 'dumb', false],
    [false, 'xterm', false],
  ])('asks where somebody types (%s), whatever it can show (%s)', (isTTY, TERM, asks) => {
    const before = Object.getOwnPropertyDescriptor(process.stdin, 'isTTY')
    onTestFinished(
      () => void Object.defineProperty(process.stdin, 'isTTY', before ?? { value: undefined, configurable: true }),
    )
    Object.defineProperty(process.stdin, 'isTTY', { value: isTTY, configurable: true })
    expect(makeTerminal(stream(true).to, stream(true).to, { ...UTF8, TERM }).ask !== undefined).toBe(asks)
  })

  test.each([
    ['a\u001b]0;title\u0007b', 'a\ufffd]0;title\ufffdb'],
    ['a\rb\u001b[2Jc\u009b31md', 'a\ufffdb\ufffd[2Jc\ufffd31md'],
    ['\u001b[32mReady:\u001b[39m\ta', '\u001b[32mReady:\u001b[39m\ta'],
  ])('lets no text of a repository control it: %j', (line, shown) => {
    const out = stream(true)
    makeTerminal(out.to, stream(true).to, UTF8).print(line)
    expect(out.written).toEqual([`${shown}\n`])
  })

  test('passes bytes on as they are to a file or another program', () => {
    const out = stream(false)
    makeTerminal(out.to, stream(true).to, UTF8).print('a\u001b[2Jb')
    expect(out.written).toEqual(['a\u001b[2Jb\n'])
  })
})
