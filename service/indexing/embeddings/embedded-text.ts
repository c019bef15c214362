/**
 * Returns what to embed of a chunk: its text, preceded by the names that enclose it. Paths are left out, so that a
 * rename changes nothing.
 */
export function embeddedText(text: string, symbol: string | null | undefined): string {
  return symbol ? `${symbol}\n${text}` : text
}
