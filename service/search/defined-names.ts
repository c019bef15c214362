import type { ChunkRow, DefinedName } from '../store/chunks.ts'
import { bracketsOpened } from './snippet.ts'
import type { StoredText } from './stored-text.ts'

/** Returns the definitions in a file's chunks, by line, each once: all parts of a divided definition name it. */
export function definedIn(chunks: readonly Pick<ChunkRow, 'definitions'>[]): DefinedName[] {
  const found = new Map<string, DefinedName>()
  for (const definition of chunks.flatMap(({ definitions }) => definitions)) {
    const key = `${definition.line} ${definition.symbol}`
    if (found.get(key)?.kind === undefined) found.set(key, definition)
  }
  return [...found.values()].toSorted((a, b) => a.line - b.line)
}

const SIGNATURE_LINES = 12
const LONGEST_SIGNATURE = 200

/** Joins the lines from a definition's name to the end of its parameters, or the first ones if there are too many. */
export function signatureOf(text: StoredText, line: number): string {
  const lines = text.lines(line, line + SIGNATURE_LINES - 1)
  const ends = lines.findIndex((_, at) => bracketsOpened(lines.slice(0, at + 1).join('')) <= 0)
  const parts = lines.slice(0, ends < 0 ? 1 : ends + 1).map((each) => each.trim())
  const signature = parts
    .join(' ')
    .replaceAll('( ', '(')
    .replace(/,? \)/g, ')')
    .replace(/\s*\{$/, '')
  return signature.length > LONGEST_SIGNATURE ? `${signature.slice(0, LONGEST_SIGNATURE)}…` : signature
}
