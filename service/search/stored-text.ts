import { setImmediate as otherWork } from 'node:timers/promises'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { readCompressed } from '../store/contents.ts'
import type { Sql } from '../store/database.ts'

const unpack = promisify(zstdDecompress)
const LINE_FEED = 10
const LINES_AT_ONCE = 20_000
const NUMBER_BYTES = 8

/** The lines of a text of which few are read: bytes, and the offset of each line. */
export class StoredText {
  readonly #bytes: Buffer
  /** Offset of each line, and of the end. */
  readonly #starts: readonly number[]

  private constructor(bytes: Buffer, starts: readonly number[]) {
    this.#bytes = bytes
    this.#starts = starts
  }

  /** Decompresses a text outside the answering thread. */
  static async open(zstd: Uint8Array): Promise<StoredText> {
    const bytes = await unpack(zstd)
    const starts = [0]
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== LINE_FEED) continue
      starts.push(at + 1)
      if (starts.length % LINES_AT_ONCE === 0) await otherWork()
    }
    // A final line feed starts no line.
    if (starts.at(-1) !== bytes.length) starts.push(bytes.length)
    return new StoredText(bytes, starts)
  }

  get lineCount(): number {
    return this.#starts.length - 1
  }

  /** Memory in use, in bytes. */
  get bytes(): number {
    return this.#bytes.length + NUMBER_BYTES * this.#starts.length
  }

  /** Returns a range of lines, counted from 1, both inclusive, without line ends. */
  lines(first: number, last: number): string[] {
    const [from, to] = [Math.max(1, first), Math.min(last, this.lineCount)]
    return from > to ? [] : linesOf(this.#bytes.toString('utf8', this.#starts[from - 1], this.#starts[to]))
  }
}

function linesOf(text: string): string[] {
  // Splitting by the expression takes several times as long.
  const lines = text.includes('\r') ? text.split(/\r?\n/) : text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Returns texts by hash (in hex). Texts that are not stored are left out. */
export async function openTexts(sql: Sql, hashes: readonly string[]): Promise<Map<string, StoredText>> {
  const packed = await readCompressed(sql, [...new Set(hashes)])
  const opened = Array.from(packed, async ([hash, zstd]) => [hash, await StoredText.open(zstd)] as const)
  return new Map(await Promise.all(opened))
}
