import { Readable, Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { inArrival, runPiped } from '../../infra/processes.ts'

const node = (program: string, pipes: Parameters<typeof runPiped>[2] = {}) =>
  runPiped(process.execPath, ['-e', program], pipes)

describe('a program between streams', () => {
  test('reads its input, and the result has its output and exit code', async () => {
    const program =
      'process.stdin.pipe(process.stdout).on("close", () => { process.exitCode = 3 }); console.error("warned")'
    expect(await node(program, { input: Readable.from(['a', 'b']) })).toMatchObject({
      output: 'ab',
      errors: 'warned\n',
    })
    expect((await node('process.exit(3)')).exitCode).toBe(3)
  })

  test('writes to a stream', async () => {
    const chunks: Buffer[] = []
    const output = new Writable({
      write(chunk, _, done) {
        chunks.push(chunk)
        done()
      },
    })
    const { output: rest } = await node('console.log("x".repeat(1e6))', { output })
    expect(Buffer.concat(chunks)).toHaveLength(1e6 + 1)
    expect(rest).toBe('')
  })

  test('may end without reading all of its input', async () => {
    const input = Readable.from(Array.from({ length: 100 }, () => 'x'.repeat(1e5)))
    expect((await node('process.exit(4)', { input })).exitCode).toBe(4)
  })

  test('that does not exist ends with 127', async () => {
    expect((await runPiped('no-such-program', [], {})).exitCode).toBe(127)
  })

  test('ends if it is told to', async () => {
    const end = new AbortController()
    const output = new Writable({
      write(_chunk, _encoding, done) {
        end.abort(new Error('enough'))
        done()
      },
    })
    const running = node('console.log("up"); setInterval(() => {}, 1000)', { signal: end.signal, output })
    await expect(running).rejects.toThrow('enough')
    await expect(node('', { signal: end.signal })).rejects.toThrow('enough')
  })

  test('ends if its output cannot be stored', async () => {
    const output = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) })
    await expect(node('setInterval(() => console.log("x"), 1)', { output })).rejects.toThrow('disk full')
  })

  test('fails if its input fails', async () => {
    const input = new Readable({ read: () => void input.destroy(new Error('unreadable')) })
    await expect(node('process.stdin.resume()', { input })).rejects.toThrow('unreadable')
  })
})

describe('sources that are read at once', () => {
  const read = async (...sources: AsyncIterable<number>[]) => {
    const all: number[] = []
    for await (const item of inArrival(sources)) all.push(item)
    return all
  }

  test('return everything, each in its order', async () => {
    const all = await read(Readable.from([1, 3, 5]), Readable.from([2, 4]))
    expect(all.filter((item) => item % 2 === 1)).toEqual([1, 3, 5])
    expect(all.filter((item) => item % 2 === 0)).toEqual([2, 4])
    expect(await read()).toEqual([])
  })

  test('fail if one of them fails', async () => {
    async function* failing() {
      yield 1
      throw new Error('gone')
    }
    await expect(read(failing(), Readable.from([2]))).rejects.toThrow('gone')
  })

  test('wait if nobody takes their output', async () => {
    let given = 0
    async function* endless() {
      for (;;) yield given++
    }
    const [first] = [inArrival([endless()])[Symbol.asyncIterator]()]
    await first?.next()
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(given).toBeLessThan(100)
  })
})
