/** Escapes, classes, and the flags of a group, each as a whole. */
const TOKENS = /\\x\{[^}]*\}|\\x[\da-f]{2}|\\\d{3}|\\.|\[(?:\^?\]?)(?:\\.|\[:\w+:\]|[^\]\\])*\]|\(\?[imsU-]+[:)]|./gis
const BREAK = /^(?:\n|\\n|\\x0a|\\x\{0*a\}|\\012)$/i
const BREAK_INSIDE = /\n|(?<!\\)(?:\\\\)*\\(?:n|x0a|x\{0*a\}|012)/i
const DOT_TAKES_BREAKS = /^\(\?[imU]*s/
const TAKES_ALL = /\\s.*\\S|\\S.*\\s|\\d.*\\D|\\D.*\\d|\\w.*\\W|\\W.*\\w/

/** Whether a regular expression names line feeds, or lets any character be one, so that it is to match over several lines. */
export function reachesOver(pattern: string): boolean {
  return (pattern.match(TOKENS) ?? []).some((token) => {
    if (!token.startsWith('[')) return BREAK.test(token) || DOT_TAKES_BREAKS.test(token)
    return !token.startsWith('[^') && (BREAK_INSIDE.test(token) || TAKES_ALL.test(token))
  })
}

/** The pattern for texts whose lines end in a line feed alone. */
export function withoutReturns(pattern: string): string {
  return pattern.replace(/(?<!\\)((?:\\\\)*)(?:\r|\\r)(?=\n|\\n)/g, '$1')
}
