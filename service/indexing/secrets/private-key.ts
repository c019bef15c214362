interface Span {
  readonly start: number
  readonly end: number
}

/** What every private key in PEM has in its first line. */
export const PRIVATE_KEY = 'private key'

const FIRST_LINE = /-{4,5} ?BEGIN [A-Z0-9 ]{0,60}PRIVATE KEY(?: BLOCK)? ?-{4,5}/y
const LONGEST_FIRST_LINE = 100
const LAST_LINE = /-{4,5} ?END [A-Z0-9 ]{0,60}KEY/g
const LONGEST = 64 * 1024

// What may stand around a line of a key in source code.
const BEFORE_LINE = /^(?:[\s"'`+#*,.;()]|\/\/|\\[nrt])*/
const AFTER_LINE = /(?:[\s"'`+,;)\\]|\\[nrt])*$/
const KEY_CHARACTERS = /[A-Za-z0-9+/=]/g
const RUN = /[A-Za-z0-9+/]{20,}/
const SHARE_OF_KEY = 0.8

/** The lines between the first and the last of the private key whose first has `PRIVATE_KEY` at `at`; none where it holds no key. */
export function privateKeyAt(text: string, at: number): Span[] {
  const from = Math.max(0, at - LONGEST_FIRST_LINE)
  const begin = text.slice(from, at).lastIndexOf('BEGIN ')
  if (begin < 0) return []
  FIRST_LINE.lastIndex = Math.max(0, from + text.slice(from, from + begin).search(/-{4,5} ?$/))
  if (!FIRST_LINE.test(text)) return []
  const start = FIRST_LINE.lastIndex
  LAST_LINE.lastIndex = start
  const last = LAST_LINE.exec(text.slice(0, start + LONGEST))
  const lines = linesOf(text, start, last?.index ?? Math.min(text.length, start + LONGEST))
  const key =
    last === null
      ? lines.slice(
          0,
          lines.findIndex(({ start, end }) => !isOfKey(text.slice(start, end))),
        )
      : lines
  const body = key.map(({ start, end }) => text.slice(start, end)).join('')
  return isOfKey(body) && RUN.test(body)
    ? key.map((line, at) => ({ kind: 'private-key', ...line, isFurtherLine: at > 0 }))
    : []
}

/** The lines from `start` to `end` without what stands around them; none of blank ones. */
function linesOf(text: string, start: number, end: number): Span[] {
  const lines: Span[] = []
  for (let at = start; at < end; ) {
    const feed = text.indexOf('\n', at)
    const lineEnd = feed < 0 || feed > end ? end : feed
    const line = text.slice(at, lineEnd)
    const before = BEFORE_LINE.exec(line)?.[0].length ?? 0
    const after = AFTER_LINE.exec(line.slice(before))?.[0].length ?? 0
    if (before + after < line.length) lines.push({ start: at + before, end: lineEnd - after })
    at = lineEnd + 1
  }
  return lines
}

function isOfKey(line: string): boolean {
  return (line.match(KEY_CHARACTERS)?.length ?? 0) >= SHARE_OF_KEY * line.length
}
