import { Readable, Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { runPiped } from '../../../../infra/cli/day-two/piped.ts'

const node = (program: string, pipes: Parameters<typeof runPiped>[2] = {}) =>
  runPiped(process.execPath, ['-e', program], pipes)

describe('a program between streams', () => {
  test('reads its input, and what it writes is told with how it ended', async () => {
    const program =
      'process.stdin.pipe(process.stdout).on("close", () => { process.exitCode = 3 }); console.error("warned")'
    expect(await node(program, { input: Readable.from(['a', 'b']) })).toMatchObject({
      output: 'ab',
      errors: 'warned\n',
    })
    expect((await node('process.exit(3)')).exitCode).toBe(3)
  })

  test('writes into a stream, and tells each line of its errors', async () => {
    const chunks: Buffer[] = []
    const lines: string[] = []
    const output = new Writable({
      write(chunk, _, done) {
        chunks.push(chunk)
        done()
      },
    })
    const onErrorLine = (line: string) => void lines.push(line)
    const { output: rest } = await node('console.log("x".repeat(1e6)); console.error("one\\ntwo")', {
      output,
      onErrorLine,
    })
    expect(Buffer.concat(chunks)).toHaveLength(1e6 + 1)
    expect(rest).toBe('')
    expect(lines).toEqual(['one', 'two'])
  })

  test('may end without reading all of its input', async () => {
    const input = Readable.from(Array.from({ length: 100 }, () => 'x'.repeat(1e5)))
    expect((await node('process.exit(4)', { input })).exitCode).toBe(4)
  })

  test('that is not there ends with 127', async () => {
    expect((await runPiped('no-such-program', [], {})).exitCode).toBe(127)
  })

  test('ends when it is told to', async () => {
    const end = new AbortController()
    const onErrorLine = () => end.abort(new Error('enough'))
    const running = node('console.error("up"); setInterval(() => {}, 1000)', { signal: end.signal, onErrorLine })
    await expect(running).rejects.toThrow('enough')
    await expect(node('', { signal: end.signal })).rejects.toThrow('enough')
  })

  test('ends when what it writes cannot be kept', async () => {
    const output = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) })
    await expect(node('setInterval(() => console.log("x"), 1)', { output })).rejects.toThrow('disk full')
  })

  test('fails with its input', async () => {
    const input = new Readable({ read: () => void input.destroy(new Error('unreadable')) })
    await expect(node('process.stdin.resume()', { input })).rejects.toThrow('unreadable')
  })
})
