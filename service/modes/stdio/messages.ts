import { Readable, type Writable } from 'node:stream'
import { lenient } from '../../tools/lenient-message.ts'
import { parseMessages } from '../../tools/unusual-ids.ts'

const PARSE_ERROR = -32700
const INVALID_REQUEST = -32600
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
 * Returns the input for a transport that ignores what is not a message, and batches. Each message of a batch becomes a
 * line of its own. What is not a message is answered here with a JSON-RPC error, and so is a message for which `refusal`
 * returns an answer.
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
    const given = messageIn(line)
    const messages: unknown[] = Array.isArray(given) && given.length > 0 ? given : [given]
    for (const message of messages) {
      const refused = faultOf(message) ?? refusal(message as object)
      if (refused === undefined) yield Buffer.from(`${JSON.stringify(lenient(message as object))}\n`)
      else output.write(`${refused}\n`)
    }
  }
}

/** Returns the answer to what is not a message. Undefined for a message. */
function faultOf(given: unknown): string | undefined {
  if (given === undefined) return notJson()
  return isMessage(given) ? undefined : errorLine(idOf(given), INVALID_REQUEST, 'This is not a JSON-RPC message')
}

function isMessage(value: unknown): value is object {
  const { jsonrpc, id, method, ...rest } = Object(value) as Readonly<Record<string, unknown>>
  const isKnown = id === undefined || typeof id === 'string' || Number.isSafeInteger(id)
  return jsonrpc === '2.0' && isKnown && (typeof method === 'string' || 'result' in rest || 'error' in rest)
}

function idOf(message: unknown): string | number | null {
  const { id } = Object(message) as { readonly id?: unknown }
  return typeof id === 'string' || typeof id === 'number' ? id : null
}

/** Parses JSON that is an object or list. Returns undefined for anything else. */
export function messageIn(text: string): object | undefined {
  let message: unknown
  try {
    message = parseMessages(text)
  } catch {
    return undefined
  }
  return typeof message === 'object' && message !== null ? message : undefined
}

/** The answer to a line that is not a message and so has no id. */
export const notJson = () => errorLine(null, PARSE_ERROR, 'This is not a JSON-RPC message')

export function errorLine(id: string | number | null, code: number, message: string, data?: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } })
}
