import type { DefinedName } from '../../store/chunks.ts'
import { CHUNK_LIMITS } from './chunk-limits.ts'
import type { Chunk } from './chunker.ts'
import type { TextLines } from './text-lines.ts'

const LINE_FEED = 10
const LONGEST_SIGNATURE = 400
const TARGET = CHUNK_LIMITS.target
const MOST_LINES = CHUNK_LIMITS.most.lines

/** The text up to the limit, the lines beyond it that define something, and the chunks of both. */
export interface Abridged {
  readonly text: string
  readonly chunks: readonly Chunk[]
}

/**
 * Returns a text without what follows its first `maxBytes` of UTF-8, except for definitions, which keep their line
 * numbers.
 */
export function abridged(
  { lines, utf8 }: { readonly lines: TextLines; readonly utf8: Uint8Array },
  chunks: readonly Chunk[],
  maxBytes: number,
): Abridged {
  const start = startOfText(utf8, maxBytes)
  const last = linesIn(start)
  const beyond = signatures(lines, chunks, last)
  let line = last + 1
  const outline = beyond.map((each) => {
    const gap = '\n'.repeat(each.line - line)
    line = each.line + 1
    return `${gap}${each.text}\n`
  })
  return {
    text: start + outline.join(''),
    chunks: [...chunks.flatMap((chunk) => upTo(chunk, last)), ...outlineChunks(beyond)],
  }
}

/** Returns the whole lines within the limit, or the part of a line that exceeds it. */
export function startOfText(utf8: Uint8Array, maxBytes: number): string {
  const bytes = Buffer.from(utf8.buffer, utf8.byteOffset, utf8.length)
  const feed = bytes.lastIndexOf(LINE_FEED, maxBytes - 1)
  let end = feed < 0 ? maxBytes : feed + 1
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}

function linesIn(text: string): number {
  let count = text.endsWith('\n') || text === '' ? 0 : 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

function upTo(chunk: Chunk, last: number): Chunk[] {
  if (chunk.endLine <= last) return [chunk]
  if (chunk.startLine > last) return []
  const text = chunk.text.split('\n', last - chunk.startLine + 1).join('\n')
  return [{ ...chunk, endLine: last, text, definitions: chunk.definitions.filter(({ line }) => line <= last) }]
}

/** A line, and the names that it defines. */
interface Signature {
  readonly line: number
  readonly text: string
  readonly definitions: readonly DefinedName[]
}

function signatures(lines: TextLines, chunks: readonly Chunk[], after: number): Signature[] {
  const beyond = chunks.flatMap(({ definitions }) => definitions.filter(({ line }) => line > after))
  const byLine = Map.groupBy(beyond, ({ line }) => line)
  return [...byLine]
    .sort(([one], [other]) => one - other)
    .map(([line, definitions]) => ({
      line,
      text: lines.slice(line - 1, line - 1).slice(0, LONGEST_SIGNATURE),
      definitions,
    }))
}

function outlineChunks(beyond: readonly Signature[]): Chunk[] {
  const chunks: Chunk[] = []
  let group: Signature[] = []
  let size = 0
  for (const next of [...beyond, undefined]) {
    const [first] = group
    const fits = next && first && size + next.text.length <= TARGET.chars && next.line - first.line < MOST_LINES
    if (first !== undefined && !fits) {
      chunks.push(outlineChunk(first, group))
      group = []
      size = 0
    }
    if (next === undefined) break
    group.push(next)
    size += next.text.length
  }
  return chunks
}

function outlineChunk(first: Signature, group: readonly Signature[]): Chunk {
  const definitions = group.flatMap((each) => each.definitions)
  const [only, ...others] = definitions
  return {
    startLine: first.line,
    endLine: group.at(-1)?.line ?? first.line,
    kind: 'outline',
    ...(only !== undefined && others.length === 0 && { symbol: only.symbol }),
    definitions,
    text: group.map(({ text }) => text).join('\n'),
  }
}
