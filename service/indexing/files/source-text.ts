import { isUtf8 } from 'node:buffer'
import type { SkipReason } from '../analysis.ts'
import { TextLines } from '../chunks/text-lines.ts'

export interface SourceText {
  readonly lines: TextLines
  /** The text in UTF-8, without a byte order mark. */
  readonly utf8: Uint8Array
}

/** The text in the bytes of a file, or why there is none worth indexing. */
export function sourceText(bytes: Uint8Array): SourceText | SkipReason {
  const decoded = decode(bytes)
  if (typeof decoded === 'string') return decoded
  const lines = new TextLines(decoded.text)
  if (decoded.text.trim() === '') return 'empty'
  return isMinified(lines) ? 'minified' : { lines, utf8: decoded.utf8 }
}

const UTF8_MARK = [0xef, 0xbb, 0xbf]
const UTF16_MARKS = { 'utf-16le': [0xff, 0xfe], 'utf-16be': [0xfe, 0xff] }

function decode(bytes: Uint8Array): { text: string; utf8: Uint8Array } | SkipReason {
  for (const [encoding, mark] of Object.entries(UTF16_MARKS)) {
    if (startsWith(bytes, mark)) return decodeUtf16(bytes, encoding)
  }
  if (bytes.includes(0)) return 'binary'
  if (!isUtf8(bytes)) return 'not_utf8'
  const utf8 = startsWith(bytes, UTF8_MARK) ? bytes.subarray(UTF8_MARK.length) : bytes
  return { text: Buffer.from(utf8.buffer, utf8.byteOffset, utf8.length).toString('utf8'), utf8 }
}

function decodeUtf16(bytes: Uint8Array, encoding: string): { text: string; utf8: Uint8Array } | SkipReason {
  const text = new TextDecoder(encoding).decode(bytes)
  return text.includes('\0') ? 'binary' : { text, utf8: Buffer.from(text) }
}

const startsWith = (bytes: Uint8Array, mark: readonly number[]) => mark.every((byte, at) => bytes[at] === byte)

const SMALL = 5_000
const LONG_LINE = 20_000
const LONG_AVERAGE = 1_000

/** Written by a program for a program: hardly any line feeds, or half of it in one line. */
function isMinified(lines: TextLines): boolean {
  const size = lines.text.length
  if (size < SMALL) return false
  return size / lines.count > LONG_AVERAGE || lines.longest > Math.max(LONG_LINE, size / 2)
}
