import { isUtf8 } from 'node:buffer'

const LINE_FEED = 10

/** Returns the lines of a text, each with its line feed. */
export function* linesOf(bytes: Uint8Array) {
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(LINE_FEED, start)
    const end = feed < 0 ? bytes.length : feed + 1
    yield bytes.subarray(start, end)
    start = end
  }
}

/** Returns a text in UTF-8 whose lines may be in another encoding, which is chosen by all of them. */
export async function inUtf8(bytes: Uint8Array, encodingOf: (lines: Uint8Array) => Promise<string>) {
  const lines = Array.from(linesOf(bytes), (line) => ({ line, isOther: isInOtherEncoding(line) }))
  const others = lines.filter(({ isOther }) => isOther).map(({ line }) => line)
  if (others.length === 0) return bytes
  const decoder = new TextDecoder(await encodingOf(Buffer.concat(others)))
  return Buffer.concat(lines.map(({ line, isOther }) => (isOther ? Buffer.from(decoder.decode(line)) : line)))
}

/** Whether a line has letters that are not UTF-8, and no character that is, rather than a stray byte. */
const isInOtherEncoding = (line: Uint8Array) =>
  !isUtf8(line) &&
  !/[^\0-\x7f\uFFFD]/.test(new TextDecoder().decode(line)) &&
  /[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]|[\x80-\xff]{4}/.test(Buffer.from(line).toString('latin1'))
