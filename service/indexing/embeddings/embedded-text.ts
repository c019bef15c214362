/** What is embedded of a chunk: its text, below the names of what encloses it. No path, so that a rename changes nothing. */
export function embeddedText(text: string, symbol: string | null | undefined): string {
  return symbol ? `${symbol}\n${text}` : text
}
