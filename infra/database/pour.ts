import { createReadStream } from 'node:fs'
import { type Readable, Transform } from 'node:stream'

/** Hands bytes on and tells how many there were so far. */
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

/** A file's bytes. */
export function readCounted(path: string, onBytes: (bytes: number) => void): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 20 })
  const counting = counted(onBytes)
  file.once('error', (error) => counting.destroy(error))
  return file.pipe(counting)
}
