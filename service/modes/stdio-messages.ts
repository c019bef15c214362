import { Readable, type Writable } from 'node:stream'
import { parseJson } from '../json.ts'

const PARSE_ERROR = -32700
const BYTE_ORDER_MARK = /^\ufeff/

/**
 * Yields the input's non-blank lines, without a byte order mark. Only a line feed ends a line: JSON strings may contain
 * other characters at which line readers break, such as U+2028.
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

/**
 * Returns the input for a transport that ignores invalid JSON. Such lines are answered here with JSON-RPC errors, and so
 * are messages for which `refusal` returns an answer.
 */
export function readableMessages(
  input: Readable,
  output: Writable,
  refusal: (message: object) => string | undefined = () => undefined,
): Readable {
  return Readable.from(messagesToAnswer(input, output, refusal), { objectMode: false })
}

async function* messagesToAnswer(
  input: Readable,
  output: Writable,
  refusal: (message: object) => string | undefined,
): AsyncGenerator<Buffer> {
  for await (const line of messageLines(input)) {
    const message = messageIn(line)
    const refused = message === undefined ? notJson() : refusal(message)
    if (refused === undefined) yield Buffer.from(`${line}\n`)
    else output.write(`${refused}\n`)
  }
}

/** Parses JSON that is an object or list. Returns undefined for anything else. */
export function messageIn(text: string): object | undefined {
  const message = parseJson(text)
  return typeof message === 'object' && message !== null ? message : undefined
}

/** The answer to a line that is not a message and so has no id. */
export const notJson = () => errorLine(null, PARSE_ERROR, 'This is not a JSON-RPC message')

export function errorLine(id: string | number | null, code: number, message: string, data?: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } })
}
