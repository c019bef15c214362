import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** SHA-256 of a file, in hex. */
export async function checksum(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

/** Gives a file its name once all of it is on the disk, whatever happens to the machine. */
export async function settle(partial: string, path: string): Promise<void> {
  await flush(partial)
  await rename(partial, path)
  await flush(dirname(path))
}

/** Writes a file that is there as a whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  // Of this run alone. What a killed one leaves, the next dump deletes by its ending.
  const partial = `${path}.${randomUUID()}.partial`
  try {
    await writeFile(partial, text, { mode: 0o600 })
    await settle(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
