/** Line breaks and other control characters, and signs that change the order in which text is shown. */
const MISLEADING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/**
 * Returns a path for a line of an answer. One that could pass for several lines, or for another path, is quoted as in
 * JSON: the names of files in a repository must not write the answers about others.
 */
export function shownPath(path: string): string {
  if (path.search(MISLEADING) === -1) return path
  return JSON.stringify(path).replace(MISLEADING, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Returns the path that was shown quoted, if the text is one. */
export function pathShownAs(text: string): string | undefined {
  if (!/^".*\\.*"$/.test(text)) return undefined
  try {
    return JSON.parse(text) as string
  } catch {
    return undefined
  }
}
