import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
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

const UTF8 = { LANG: 'en_US.UTF-8' }

describe('the terminal', () => {
  test('shows a line that the next one replaces, and leaves nothing of it behind', () => {
    const [out, err] = [stream(true), stream(true, 10)]
    const terminal = makeTerminal(out.to, err.to, UTF8)
    terminal.replaceLine?.('█░ 1 of 2 files')
    terminal.clearLine?.()
    terminal.clearLine?.()
    expect(err.written).toEqual(['\r\u001b[K█░ 1 of 2', '\r\u001b[K'])
  })

  test('draws bars of ASCII where the locale has no others', () => {
    const err = stream(true)
    makeTerminal(stream(true).to, err.to, { LANG: 'C' }).replaceLine?.('██░ 2 of 3')
    expect(err.written).toEqual(['\r\u001b[K##. 2 of 3'])
  })

  test('replaces no line where the terminal cannot, and asks nothing where nobody is', () => {
    expect(makeTerminal(stream(true).to, stream(true).to, { ...UTF8, TERM: 'dumb' }).replaceLine).toBeUndefined()
    expect(makeTerminal(stream(true).to, stream(false).to, UTF8).replaceLine).toBeUndefined()
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
