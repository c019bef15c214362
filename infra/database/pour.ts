import { createReadStream } from 'node:fs'
import { type Readable, Transform } from 'node:stream'

/** Passes bytes through and reports their running total. */
export function counted(onBytes: (bytes: number) => void): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length
      onBytes(bytes)
      done(null, chunk)
    },
  })
}

/** Reads a file and reports the running total of bytes. */
export function readCounted(path: string, onBytes: (bytes: number) => void): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 20 })
  const counting = counted(onBytes)
  file.once('error', (error) => counting.destroy(error))
  return file.pipe(counting)
}
