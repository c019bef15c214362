import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEvents } from '../../../service/modes/event-stream.ts'

async function eventsOf(bytes: Uint8Array, cuts: readonly number[]): Promise<string[]> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
  const events: string[] = []
  for await (const event of readEvents(ReadableStream.from(chunks))) events.push(event)
  return events
}

describe('readEvents', () => {
  test('gives the same events wherever the bytes are cut', async () => {
    const text = 'id: 1\r\nevent: message\r\ndata: {"ü":1}\r\n\r\n: ping\n\ndata: a\ndata: b\n\n'
    const bytes = new TextEncoder().encode(text)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), async (cuts) => {
        expect(await eventsOf(bytes, cuts)).toEqual(['{"ü":1}', 'a\nb'])
      }),
    )
  })
})
