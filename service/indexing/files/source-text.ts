import { TextLines } from '../chunks/text-lines.ts'
import { decodedText } from './decoded-text.ts'

export interface SourceText {
  readonly lines: TextLines
  /** The text in UTF-8, without a byte order mark. */
  readonly utf8: Uint8Array
}

/** Decodes the bytes of a file, for which an encoding may be set. Returns undefined if it is binary. */
export async function sourceText(bytes: Uint8Array, encoding?: string): Promise<SourceText | undefined> {
  const decoded = await decodedText(bytes, encoding)
  return decoded && { lines: new TextLines(decoded.text), utf8: decoded.utf8 }
}
