import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { messageLines, readableMessages } from '../../../service/modes/stdio-messages.ts'

const linesOf = async (...chunks: readonly (string | Buffer)[]) => {
  const lines: string[] = []
  for await (const line of messageLines(Readable.from(chunks, { objectMode: false }))) lines.push(line)
  return lines
}

describe('lines of messages', () => {
  test('end with a line feed, however they are split and joined on the way', async () => {
    const bytes = Buffer.from('{"a":"ü漢"}\r\n\n{"b":1}\n{"c"')
    const single = [...bytes].map((byte) => Buffer.from([byte]))
    const expected = ['{"a":"ü漢"}', '{"b":1}', '{"c"']
    expect(await linesOf(...single)).toEqual(expected)
    expect(await linesOf(bytes)).toEqual(expected)
  })

  test.each(['\u2028', '\u2029', '\u0085', '\u000b', '\u000c'])(
    'may contain %j, which ends a line elsewhere',
    async (sign) => {
      expect(await linesOf(`["a${sign}b"]\n[]\n`)).toEqual([`["a${sign}b"]`, '[]'])
    },
  )

  test('have no byte order mark', async () => {
    expect(await linesOf('\ufeff{}\n')).toEqual(['{}'])
  })

  test('may be messages of megabytes in small pieces', async () => {
    const long = JSON.stringify('x'.repeat(4_000_000))
    const pieces = long.match(/.{1,1000}/g) ?? []
    expect((await linesOf(...pieces, '\n'))[0]).toHaveLength(long.length)
  })
})

test('A line that is not a message is answered and skipped, and the next ones are read', async () => {
  const output = new PassThrough()
  const lines = ['{"half":', '{"id":1}', '5', 'null', '"text"', '{"id":2}', '']
  const read = await text(
    readableMessages(Readable.from([lines.join('\n')], { objectMode: false }), output.setEncoding('utf8')),
  )
  output.end()
  expect(read).toBe('{"id":1}\n{"id":2}\n')
  const answers = (await text(output)).trim().split('\n')
  expect(answers.map((line) => JSON.parse(line))).toEqual(
    Array.from({ length: 4 }, () => ({
      jsonrpc: '2.0',
      id: null,
      error: { code: -32700, message: 'This is not a JSON-RPC message' },
    })),
  )
})
