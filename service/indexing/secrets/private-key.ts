interface Span {
  readonly start: number
  readonly end: number
}

/** Part of the first line of every private key in PEM. */
export const PRIVATE_KEY = 'private key'

const FIRST_LINE = /-{4,5} ?BEGIN [A-Z0-9 ]{0,60}PRIVATE KEY(?: BLOCK)? ?-{4,5}/y
const LONGEST_FIRST_LINE = 100
// Another key's first line ends this one too.
const LAST_LINE = /-{4,5} ?(?:END|BEGIN) /g
const LONGEST = 64 * 1024

// What may precede a line of a key in source code.
const BEFORE_LINE = /^(?:[\s"'`+#*,.;()]|\/\/|\\[nrt])*/
const AFTER_LINE = /[\s"'`+,;)\\]/
const KEY_CHARACTERS = /[A-Za-z0-9+/=]/g
const RUN = /[A-Za-z0-9+/]{20,}/
const SHARE_OF_KEY = 0.8
// For keys without a last line.
const KEY_LINE = /^(?:[A-Za-z0-9+/]{16,}=*|[A-Za-z0-9+/]+=+|[A-Z][\w-]+: .+)$/

/**
 * Returns the lines of a private key after the first one, which has `PRIVATE_KEY` at `at`. Returns none if no key
 * follows.
 */
export function privateKeyAt(text: string, at: number): Span[] {
  const from = Math.max(0, at - LONGEST_FIRST_LINE)
  const before = text.slice(from, at)
  FIRST_LINE.lastIndex = from + Math.max(0, before.slice(0, before.lastIndexOf('BEGIN ')).search(/-{4,5} ?$/))
  if (!FIRST_LINE.test(text)) return []
  const start = FIRST_LINE.lastIndex
  const part = text.slice(0, start + LONGEST)
  LAST_LINE.lastIndex = start
  const last = LAST_LINE.exec(part)
  const lines = linesOf(text, start, last?.index ?? part.length)
  const other = last?.[0].includes('END')
    ? -1
    : lines.findIndex(({ start, end }) => !KEY_LINE.test(text.slice(start, end)))
  const key = other < 0 ? lines : lines.slice(0, other)
  const body = key.map(({ start, end }) => text.slice(start, end)).join('')
  return isOfKey(body) && RUN.test(body) ? key : []
}

/** Returns the non-blank lines from `start` to `end` without what surrounds them. */
function linesOf(text: string, start: number, end: number): Span[] {
  const lines: Span[] = []
  for (let at = start; at < end; ) {
    const feed = text.indexOf('\n', at)
    const lineEnd = feed < 0 || feed > end ? end : feed
    const line = text.slice(at, lineEnd)
    const before = BEFORE_LINE.exec(line)?.[0].length ?? 0
    const after = endOfLine(line)
    if (before < after) lines.push({ start: at + before, end: at + after })
    at = lineEnd + 1
  }
  return lines
}

function endOfLine(line: string): number {
  let end = line.length
  for (;;) {
    if (/[nrt]/.test(line[end - 1] ?? '') && line[end - 2] === '\\') end -= 2
    else if (AFTER_LINE.test(line[end - 1] ?? '')) end--
    else return end
  }
}

function isOfKey(line: string): boolean {
  return (line.match(KEY_CHARACTERS)?.length ?? 0) >= SHARE_OF_KEY * line.length
}
