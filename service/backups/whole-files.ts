import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Returns the SHA-256 of a file, in hex. */
export async function checksum(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

/** Renames a file once all of it is on disk, so that a crash cannot leave a partial file under that name. */
export async function settle(partial: string, path: string): Promise<void> {
  await flush(partial)
  await rename(partial, path)
  await flush(dirname(path))
}

/** Writes a file completely or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  // The name is unique to this run. The next dump deletes what a killed run leaves, by its extension.
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
