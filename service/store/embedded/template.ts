import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createZstdDecompress, zstdCompress } from 'node:zlib'
import manifest from '../../../package.json' with { type: 'json' }

/*
 * A package has a template beside its bundle. A checkout keeps one where npm's packages are: `npm ci` makes it, and so does
 * the first database that is made without. Its name has the version of PGlite, whose files another one may not read.
 */
const isPackaged = import.meta.url.endsWith('.js')
const TEMPLATE = isPackaged
  ? new URL('./database.zst', import.meta.url)
  : new URL(
      `../../../node_modules/.cache/codebase-mcp/database-${manifest.dependencies['@electric-sql/pglite']}.zst`,
      import.meta.url,
    )
const HEAD_BYTES = 4
/** A process may have a limit of a few hundred open files. */
const FILES_AT_ONCE = 16

/** Contents of a packed folder, in this order. Trailing zeros of files are left out. */
interface Contents {
  readonly folders: readonly string[]
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly kept: number }[]
}

export const isTemplateThere = (): boolean => existsSync(TEMPLATE)

/** Creates the data folder of an empty database from the template. Returns false if this installation has none. */
export async function copyTemplate(to: string): Promise<boolean> {
  if (!isTemplateThere()) return false
  await unpackFolder(await readFile(TEMPLATE), to)
  return true
}

/** Saves a data folder as the template, if a checkout has none and its folder is writable. */
export async function keepAsTemplate(folder: string): Promise<void> {
  if (isPackaged || isTemplateThere()) return
  const unfinished = `${fileURLToPath(TEMPLATE)}.${process.pid}`
  try {
    await mkdir(new URL('.', TEMPLATE), { recursive: true })
    await writeFile(unfinished, await packFolder(folder))
    await rename(unfinished, TEMPLATE)
  } catch (error) {
    if (!CANNOT_WRITE.includes(String((error as NodeJS.ErrnoException).code))) throw error
  }
}

const CANNOT_WRITE = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT']

/** Packs a folder into one compressed buffer. */
export async function packFolder(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const pathOf = (entry: (typeof entries)[number]) => join(entry.parentPath, entry.name).slice(folder.length + 1)
  const paths = entries.filter((entry) => entry.isFile()).map(pathOf)
  const texts = await Promise.all(paths.map((path) => readFile(join(folder, path))))
  const parts = texts.map((bytes) => bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1))
  const contents: Contents = {
    folders: entries.filter((entry) => entry.isDirectory()).map(pathOf),
    files: paths.map((path, at) => ({ path, bytes: texts[at]?.length ?? 0, kept: parts[at]?.length ?? 0 })),
  }
  const head = Buffer.from(JSON.stringify(contents))
  const length = Buffer.alloc(HEAD_BYTES)
  length.writeUInt32LE(head.length)
  return promisify(zstdCompress)(Buffer.concat([length, head, ...parts]))
}

/**
 * Restores a folder that `packFolder` packed. It is decompressed piece by piece, because a server that has created its
 * database would keep the memory for all of it.
 */
export async function unpackFolder(packed: Uint8Array, folder: string): Promise<void> {
  const contents = new Pieces(Readable.from([packed]).pipe(createZstdDecompress()))
  const head = await contents.take((await contents.take(HEAD_BYTES)).readUInt32LE())
  const { folders, files }: Contents = JSON.parse(head.toString())
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const path of folders) await mkdir(join(folder, path), { recursive: true, mode: 0o700 })
  for (let first = 0; first < files.length; first += FILES_AT_ONCE) {
    const some: { readonly path: string; readonly data: Buffer; readonly bytes: number }[] = []
    for (const { path, bytes, kept } of files.slice(first, first + FILES_AT_ONCE)) {
      some.push({ path: join(folder, path), data: await contents.take(kept), bytes })
    }
    await Promise.all(some.map(({ path, data, bytes }) => writeSparse(path, data, bytes)))
  }
}

/** Takes bytes from the start of a stream. */
class Pieces {
  readonly #stream: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Buffer>) {
    this.#stream = stream[Symbol.asyncIterator]()
  }

  /** @throws if fewer bytes are left */
  async take(bytes: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let missing = bytes
    while (missing > this.#rest.length) {
      parts.push(this.#rest)
      missing -= this.#rest.length
      const { value, done } = await this.#stream.next()
      if (done === true) throw new Error('The template of the database is cut short')
      this.#rest = value
    }
    parts.push(this.#rest.subarray(0, missing))
    this.#rest = this.#rest.subarray(missing)
    return Buffer.concat(parts)
  }
}

async function writeSparse(file: string, data: Buffer, bytes: number): Promise<void> {
  await writeFile(file, data, { mode: 0o600 })
  if (bytes > data.length) await truncate(file, bytes)
}
