/** Parses JSON. Returns undefined if the text is invalid. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Parses a list of texts in the notation of JSON or Python. Without quotation marks, brackets are part of a name. */
export function parseList(text: string): unknown[] | undefined {
  if (!/^\s*\[\s*["']/.test(text)) return undefined
  const list = parseJson(text) ?? parseJson(text.replaceAll("'", '"'))
  return Array.isArray(list) ? list : undefined
}
