import { Readable, type Writable } from 'node:stream'
import { parseJson } from '../json.ts'

const PARSE_ERROR = -32700
const BYTE_ORDER_MARK = /^\ufeff/

/**
 * The lines of an input that are not blank, without a byte order mark. Only a line feed ends a line: texts in JSON may hold
 * the other characters that a reader of lines stops at, such as U+2028.
 */
export async function* messageLines(input: Readable): AsyncGenerator<string> {
  const parts: string[] = []
  for await (const chunk of input.setEncoding('utf8')) {
    const [first = '', ...more] = String(chunk).split('\n')
    parts.push(first)
    for (const next of more) {
      yield* written(parts.splice(0).join(''))
      parts.push(next)
    }
  }
  yield* written(parts.join(''))
}

function* written(line: string): Generator<string> {
  const text = line.replace(BYTE_ORDER_MARK, '').trim()
  if (text !== '') yield text
}

/** The input as a transport reads it that passes over what is no JSON: that is answered here, as JSON-RPC has it. */
export function readableMessages(input: Readable, output: Writable): Readable {
  return Readable.from(onlyJson(input, output), { objectMode: false })
}

async function* onlyJson(input: Readable, output: Writable): AsyncGenerator<Buffer> {
  for await (const line of messageLines(input)) {
    if (messageIn(line) !== undefined) yield Buffer.from(`${line}\n`)
    else output.write(`${notJson()}\n`)
  }
}

/** The object or list that a text of JSON says; undefined where it is none. */
export function messageIn(text: string): object | undefined {
  const message = parseJson(text)
  return typeof message === 'object' && message !== null ? message : undefined
}

/** The answer to a line that is no message, whose id nobody knows. */
export const notJson = () => errorLine(null, PARSE_ERROR, 'This is not a JSON-RPC message')

export function errorLine(id: string | number | null, code: number, message: string): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })
}
