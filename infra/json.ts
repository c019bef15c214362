/** Parses JSON. Returns undefined if the text is invalid. @param revive as that of JSON.parse */
export function parseJson(text: string, revive?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, revive)
  } catch {
    return undefined
  }
}
