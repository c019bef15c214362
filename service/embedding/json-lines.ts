import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { parseJson } from '../json.ts'

/** The values of a body with one JSON value a line; a line that is none is undefined. */
export async function* jsonLines(body: ReadableStream<Uint8Array> | null): AsyncGenerator<unknown> {
  if (body === null) return
  const input = Readable.fromWeb(body)
  let failure: Error | undefined
  // readline ends quietly when its input breaks off.
  input.once('error', (error) => {
    failure = error
  })
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') yield parseJson(line)
  }
  if (failure !== undefined) throw failure
}
