import { setImmediate as otherWork } from 'node:timers/promises'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { readCompressed } from '../store/contents.ts'
import type { Sql } from '../store/database.ts'

const unpack = promisify(zstdDecompress)
const LINE_FEED = 10
const LINES_AT_ONCE = 20_000

/** The lines of a packed text, of which few are read. */
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
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
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

  /** Returns a range of lines, counted from 1, both inclusive, without line ends. */
  lines(first: number, last: number): string[] {
    const lines: string[] = []
    for (let line = Math.max(1, first); line <= Math.min(last, this.lineCount); line++) {
      const text = this.#bytes.toString('utf8', this.#starts[line - 1], this.#starts[line])
      lines.push(text.replace(/\r?\n$/, ''))
    }
    return lines
  }
}

/** Returns texts by hash (in hex). Texts that are not stored are left out. */
export async function openTexts(sql: Sql, hashes: readonly string[]): Promise<Map<string, StoredText>> {
  const packed = await readCompressed(sql, [...new Set(hashes)])
  const opened = new Map<string, StoredText>()
  for (const [hash, zstd] of packed) opened.set(hash, await StoredText.open(zstd))
  return opened
}
