import { createWriteStream } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BucketSettings } from '../../bucket-settings.ts'
import { Fault } from '../../errors.ts'
import { MIB } from '../../units.ts'
import { type Ask, addressOf, makeAsk } from './ask.ts'
import { listedIn, textIn } from './xml.ts'

/** A bucket of an S3-compatible object store. All methods throw Fault `backup_storage_failed`. */
export interface Bucket {
  /** Description of the bucket for messages. */
  readonly place: string
  /** Returns the names of the objects that begin with `prefix`. */
  keys(prefix: string): Promise<string[]>
  put(key: string, body: Buffer): Promise<void>
  /** Uploads a file, in parts if it is large. */
  upload(key: string, path: string): Promise<void>
  text(key: string): Promise<string>
  /** Downloads an object into a file, and resumes if the connection breaks. */
  download(key: string, path: string): Promise<void>
  delete(key: string): Promise<void>
}

const DOWNLOAD_TRIES = 5

export function openBucket(settings: BucketSettings): Bucket {
  const ask = makeAsk(settings)
  return {
    place: addressOf(settings),
    keys: (prefix) => allKeys(ask, prefix),
    put: async (key, body) => void (await ask('PUT', { key, body })),
    upload: (key, path) => upload(ask, key, path),
    text: async (key) => (await ask('GET', { key })).text(),
    download: (key, path) => download(ask, key, path),
    delete: async (key) => void (await ask('DELETE', { key })),
  }
}

async function allKeys(ask: Ask, prefix: string): Promise<string[]> {
  const found: string[] = []
  for (let next: string | undefined = ''; next !== undefined; ) {
    const query: Record<string, string> = { 'list-type': '2', prefix, 'encoding-type': 'url' }
    if (next !== '') query['continuation-token'] = next
    const { keys, continuation } = listedIn(await (await ask('GET', { query })).text())
    found.push(...keys)
    next = continuation
  }
  return found
}

async function upload(ask: Ask, key: string, path: string): Promise<void> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const parts = partsOf(size)
    if (parts.length === 1) await ask('PUT', { key, body: await read(file, 0, size) })
    else await uploadParts(ask, key, file, parts)
    await checkSize(ask, key, size)
  } finally {
    await file.close()
  }
}

async function uploadParts(ask: Ask, key: string, file: FileHandle, parts: ReturnType<typeof partsOf>): Promise<void> {
  const begun = await ask('POST', { key, query: { uploads: '' } })
  const uploadId = textIn(await begun.text(), 'UploadId') ?? ''
  try {
    const tags: string[] = []
    for (const { number, start, length } of parts) {
      const query = { partNumber: String(number), uploadId }
      const reply = await ask('PUT', { key, query, body: await read(file, start, length) })
      tags.push(`<Part><PartNumber>${number}</PartNumber><ETag>${reply.headers.get('etag') ?? ''}</ETag></Part>`)
    }
    const body = Buffer.from(`<CompleteMultipartUpload>${tags.join('')}</CompleteMultipartUpload>`)
    const completed = await (await ask('POST', { key, query: { uploadId }, body })).text()
    // S3 reports errors while it joins the parts in the body of a response with status 200.
    if (textIn(completed, 'ETag') === undefined) throw notKept(key, textIn(completed, 'Message') ?? completed)
  } catch (error) {
    // Parts of an incomplete upload would be kept and billed.
    await ask('DELETE', { key, query: { uploadId } }).catch(() => {})
    throw error
  }
}

async function read(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, start)
  return buffer.subarray(0, bytesRead)
}

async function checkSize(ask: Ask, key: string, size: number): Promise<void> {
  const kept = Number((await ask('HEAD', { key })).headers.get('content-length'))
  if (kept !== size) throw notKept(key, `it has ${kept} bytes instead of ${size}`)
}

const notKept = (key: string, reason: string) =>
  new Fault(
    'backup_storage_failed',
    `The object ${key} was not stored: ${reason}`,
    'Check the storage, then back up again',
  )

async function download(ask: Ask, key: string, path: string): Promise<void> {
  const partial = `${path}.partial`
  await rm(partial, { force: true })
  for (let attempt = 1; ; attempt++) {
    const done = await stat(partial).then(
      ({ size }) => size,
      () => 0,
    )
    const reply = await ask('GET', { key, ...(done === 0 ? {} : { from: done }) })
    try {
      const target = createWriteStream(partial, { flags: reply.status === 206 ? 'a' : 'w', mode: 0o600, flush: true })
      await pipeline(Readable.fromWeb(bodyOf(reply)), target)
      break
    } catch (error) {
      if (attempt === DOWNLOAD_TRIES) {
        throw new Fault(
          'backup_storage_failed',
          `The object ${key} could not be read completely: ${(error as Error).message}`,
          'Check the connection to the storage and the free space on the disk',
          { cause: error },
        )
      }
    }
  }
  await rename(partial, path)
}

type WebBody = Parameters<typeof Readable.fromWeb>[0]

function bodyOf({ body }: Response): WebBody {
  if (body === null) throw new Error('there is no body')
  return body as WebBody
}

const PART_BYTES = 16 * MIB
/** S3's limit for one object. */
const MOST_PARTS = 10_000

interface Part {
  /** Counted from 1. */
  readonly number: number
  readonly start: number
  readonly length: number
}

/** Divides a file into equal parts for its upload, small enough for memory. */
export function partsOf(size: number): Part[] {
  const bytes = Math.max(PART_BYTES, Math.ceil(size / MOST_PARTS / MIB) * MIB)
  return Array.from({ length: Math.max(1, Math.ceil(size / bytes)) }, (_, at) => ({
    number: at + 1,
    start: at * bytes,
    length: Math.min(bytes, size - at * bytes),
  }))
}
