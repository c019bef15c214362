import type { IncomingMessage } from 'node:http'
import { Fault } from '../errors.ts'
import { MIB } from '../units.ts'

const MAX_BODY_BYTES = MIB
const MAX_VALUES = 10_000
const MAX_DEPTH = 100

/**
 * Returns the JSON of a request's body. Undefined if the body is empty.
 * @throws Fault `body_too_large`, `request_invalid`, or `cancelled` if the client disconnects before its end
 */
export async function readJson(request: IncomingMessage, parse = JSON.parse as (text: string) => unknown) {
  const bytes = await readBody(request)
  if (bytes.length === 0) return undefined
  const value = jsonIn(bytes, parse)
  checkShape(value)
  return value
}

/** Returns the bytes of a request's body. @throws Fault `body_too_large`, `request_invalid`, `cancelled` */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (encoding !== '' && encoding !== 'identity') {
    const message = `The Content-Encoding ${JSON.stringify(encoding)} of the body is not supported`
    throw new Fault('request_invalid', message, 'Send the body uncompressed, without Content-Encoding')
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_BODY_BYTES) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('cancelled', 'The body ended early', 'Send the request again', { cause: error })
  }
  return Buffer.concat(chunks)
}

function tooLarge(): Fault {
  return new Fault('body_too_large', `The body is larger than ${MAX_BODY_BYTES} bytes`, 'Send less in one request')
}

/** Parses the bytes of a body. @throws Fault `request_invalid` if they are not JSON in UTF-8 */
export function jsonIn(bytes: Buffer, parse = JSON.parse as (text: string) => unknown): unknown {
  try {
    return parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new Fault('request_invalid', 'The body is not JSON in UTF-8', 'Send a JSON object', { cause: error })
  }
}

// A loop, not recursion: a body may nest hundreds of thousands of arrays.
function checkShape(value: unknown): void {
  let level: unknown[] = [value]
  let values = 1
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) {
      throw new Fault('body_too_large', `The body nests deeper than ${MAX_DEPTH} levels`, 'Send a flatter body')
    }
    const next: unknown[] = []
    for (const each of level) {
      const inner = valuesIn(each)
      values += inner.length
      if (values > MAX_VALUES) {
        throw new Fault('body_too_large', `The body holds more than ${MAX_VALUES} values`, 'Send less in one request')
      }
      for (const item of inner) next.push(item)
    }
    level = next
  }
}

function valuesIn(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Array.isArray(value) ? value : Object.values(value)
}
