import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { messageLines, readableMessages } from '../../../../service/modes/stdio/messages.ts'
import { withIdsAsSent } from '../../../../service/tools/unusual-ids.ts'

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

describe('For a transport', () => {
  async function readFrom(...lines: string[]) {
    const output = new PassThrough()
    const input = Readable.from([`${lines.join('\n')}\n`], { objectMode: false })
    const read = await text(readableMessages(input, output.setEncoding('utf8')))
    output.end()
    const answers = (await text(output)).split('\n').filter((line) => line !== '')
    return { read: read.split('\n').filter((line) => line !== ''), answers: answers.map((line) => JSON.parse(line)) }
  }
  const error = (id: unknown, code: number) => ({
    jsonrpc: '2.0',
    id,
    error: { code, message: 'This is not a JSON-RPC message' },
  })
  const ping = (id: unknown) => JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' })

  test('a line that is not JSON is answered and skipped, and the next ones are read', async () => {
    const { read, answers } = await readFrom('{"half":', ping(1), '5', 'null', '"text"', ping(2))
    expect(read).toEqual([ping(1), ping(2)])
    expect(answers).toEqual(Array.from({ length: 4 }, () => error(null, -32700)))
  })

  test('JSON that is no message is answered by its id', async () => {
    const { read, answers } = await readFrom('{"id":1}', ping(true), ping(null), '[]', ping('a'))
    expect(read).toEqual([ping('a')])
    expect(answers).toEqual([error(1, -32600), error(null, -32600), error(null, -32600), error(null, -32600)])
  })

  test.each(['9007199254740993', '-12345678901234567890', '1.5'])(
    'an id that is an unusual number is a text, and again the number in the answer: %s',
    async (id) => {
      const { read, answers } = await readFrom(ping(1).replace('"id":1', `"id":${id}`))
      expect(answers).toEqual([])
      expect(JSON.parse(read[0] ?? '')).toMatchObject({ id: expect.any(String), method: 'ping' })
      expect(withIdsAsSent(read[0] ?? '')).toContain(`"id":${id},`)
    },
  )

  test('each message of a batch is a line of its own, without nulls for what is missing', async () => {
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
    const batch = JSON.stringify([JSON.parse(ping(1)), { ...list, params: null }, 7])
    const { read, answers } = await readFrom(batch)
    expect(read).toEqual([ping(1), JSON.stringify(list)])
    expect(answers).toEqual([error(null, -32600)])
  })
})
