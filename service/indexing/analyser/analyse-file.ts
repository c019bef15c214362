import { hash } from 'node:crypto'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import type { SegmentBuilder } from '../../lexical/index-format.ts'
import { PART_KINDS } from '../../store/chunks.ts'
import { KIB } from '../../units.ts'
import type { AnalysedFile, Batch, Candidate } from '../analysis.ts'
import { abridged, startOfText } from '../chunks/beyond-limit.ts'
import {
  type Chunk,
  type ChunkOptions,
  chunksOf,
  definesNames,
  LONGEST_LINE,
  OUTLINE_PARSE_LIMIT_MS,
} from '../chunks/chunker.ts'
import { grammarOf } from '../chunks/grammars.ts'
import { TextLines } from '../chunks/text-lines.ts'
import { embeddedText } from '../embeddings/embedded-text.ts'
import { languageOf } from '../files/languages.ts'
import { isNotebook, readableNotebook } from '../files/notebook.ts'
import { readRegularFile } from '../files/regular-file.ts'
import { mostRead } from '../files/size-limits.ts'
import { type SourceText, sourceText } from '../files/source-text.ts'
import { stampWhenRead } from '../files/stamp.ts'
import { maskedText } from '../secrets/masked-text.ts'

/** Reads a file, and adds its chunks and its text to the segment. */
export async function analyseFile(
  batch: Batch,
  file: Candidate,
  segment: Pick<SegmentBuilder, 'add' | 'addText'>,
): Promise<AnalysedFile> {
  const { path } = file
  const read = readFrom(batch, file)
  if ('outcome' in read) return read
  const { stamp } = read
  const written = await sourceText(read.bytes, file.encoding)
  if (written === undefined) return { ...skipped(path, 'binary'), stamp }
  const text = isNotebook(path) ? readableNotebook(written.lines.text) : written.lines.text
  const masked = maskedText(text, path, batch.shown)
  if (masked === 'too_many') return { ...skipped(path, 'unparsable', 'too much of it may be secrets'), stamp }
  const whole = text === written.lines.text && masked === undefined ? written : sourceOf(masked?.text ?? text)
  const cut = cutOf(read, whole, batch)
  const wholeHash = hash('sha256', whole.utf8, 'buffer')
  const cutAt = whatIsCut(whole, cut)
  const unchanged = { outcome: 'unchanged' as const, path, stamp, ...cutAt }
  if (cut === undefined && isEqual(wholeHash, file.knownHash)) return unchanged
  const language = languageOf(path, whole.lines.text)
  let byLines = file.byLines ? PARSER_FAILED : undefined
  const onAbandoned = () => {
    byLines = PARSER_ABANDONED
  }
  const { source, chunks } = chunked(
    whole,
    { language, grammar: await grammarFor(file, language, whole.lines.text), onAbandoned },
    cut,
  )
  const told = { ...cutAt, ...(byLines !== undefined && { byLines }) }
  const contentHash = cut === undefined ? wholeHash : hash('sha256', source.utf8, 'buffer')
  if (isEqual(contentHash, file.knownHash)) return { ...unchanged, ...told }
  const firstDocument = addAll(segment, chunks, path, language)
  // A text without chunks has no place in the segment; grep searches it in any case.
  if (chunks.length > 0) segment.addText(source.lines.text, firstDocument)
  return {
    outcome: 'analysed',
    path,
    stamp,
    hash: contentHash,
    language,
    bytes: source.utf8.length,
    lines: source.lines.count,
    ...(masked && { masked: masked.counts }),
    ...told,
    zstd: compressed(source),
    firstDocument,
    chunks: chunks.map(({ text, ...chunk }) => ({
      ...chunk,
      hash: hash('sha256', embeddedText(text, chunk.symbol), 'buffer'),
    })),
  }
}

const PARSER_FAILED = 'its parser failed'
const PARSER_ABANDONED = 'its parser needed too much time or memory'

const grammarFor = async ({ path, byLines }: Candidate, language: string, text: string) =>
  byLines ? undefined : grammarOf(path, language, text)

const isEqual = (hash: Buffer, known: Uint8Array | undefined) => known !== undefined && hash.equals(known)

/** The bytes read of a file: all of it, or its beginning. */
interface ReadFile {
  readonly bytes: Uint8Array
  readonly stamp: string
  /** Size of the whole file, in bytes. */
  readonly size: number
}

function readFrom(
  { root, maxFileBytes }: Batch,
  { path, bytes: found, stamp, content, encoding }: Candidate,
): ReadFile | Skipped {
  if (content !== undefined) return { bytes: content, stamp, size: content.length }
  const whole = mostRead(path, maxFileBytes)
  const most = found > whole ? maxFileBytes : whole
  const readAt = Date.now()
  const read = readRegularFile(join(root, path), most)
  if ('fault' in read) return skipped(path, read.fault, read.detail)
  const { bytes, stats } = read
  const kept = bytes.length > most ? wholeLines(bytes.subarray(0, most)) : bytes
  return { bytes: kept, stamp: stampWhenRead(stats, readAt, { maxBytes: maxFileBytes, encoding }), size: stats.size }
}

const LINE_FEED = 10

/** Removes the last line, or, if there is only one, a character that is cut. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  const feed = bytes.lastIndexOf(LINE_FEED)
  if (feed >= 0) return bytes.subarray(0, feed + 1)
  const last = bytes.findLastIndex((byte) => (byte & 0xc0) !== 0x80)
  return bytes.subarray(0, last < 0 ? bytes.length : last)
}

interface Cut {
  readonly maxBytes: number
  /** Explanation for people. */
  readonly detail: string
}

/** Returns how a file beyond the limit is cut, or undefined for other files. */
function cutOf({ bytes, size }: ReadFile, { utf8 }: SourceText, { maxFileBytes }: Batch): Cut | undefined {
  if (bytes.length >= size && utf8.length <= maxFileBytes) return undefined
  const kept = Math.min(maxFileBytes, utf8.length)
  return {
    maxBytes: maxFileBytes,
    detail: `of its ${size} bytes only the first ${kept} are indexed, and names defined after them`,
  }
}

/** Describes what of a file is not indexed: its end, or the end of a long line of a bundle or of data. */
function whatIsCut({ lines, utf8 }: SourceText, cut: Cut | undefined): { readonly cut?: string } {
  if (cut !== undefined) return { cut: cut.detail }
  const longest = utf8.length > LONGEST_LINE ? lines.longest : 0
  if (longest <= LONGEST_LINE) return {}
  return {
    cut: `of a line of ${longest} characters only the first ${LONGEST_LINE} are found by their words; grep_code searches all of them`,
  }
}

function chunked(whole: SourceText, options: ChunkOptions, cut: Cut | undefined) {
  if (cut === undefined) return { source: whole, chunks: chunksOf(whole.lines, options) }
  if (!definesNames(options)) {
    const source = sourceOf(startOfText(whole.utf8, cut.maxBytes))
    return { source, chunks: chunksOf(source.lines, options) }
  }
  const all = chunksOf(whole.lines, { ...options, parseLimitMs: OUTLINE_PARSE_LIMIT_MS })
  const { text, chunks } = abridged(whole, all, cut.maxBytes)
  return { source: sourceOf(text), chunks }
}

type Skipped = Extract<AnalysedFile, { outcome: 'skipped' }>

function skipped(path: string, reason: Skipped['reason'], detail?: string): Skipped {
  return { outcome: 'skipped', path, reason, ...(detail !== undefined && { detail }) }
}

const sourceOf = (text: string): SourceText => ({ lines: new TextLines(text), utf8: Buffer.from(text) })

const LEVEL = { [constants.ZSTD_c_compressionLevel]: 3 }

/** Uses a buffer of about the size of the result. The default of 64 KiB would be kept for each file of a batch. */
const compressed = ({ utf8 }: SourceText) =>
  zstdCompressSync(utf8, { params: LEVEL, chunkSize: Math.min(utf8.length + KIB, 64 * KIB) })

/** Kinds of definitions other than functions and types. */
const VALUES: ReadonlySet<string> = new Set([...PART_KINDS, 'constant', 'property', 'section', 'module', 'declaration'])
const FUNCTIONS: ReadonlySet<string> = new Set(['function', 'method', 'macro'])
const DECLARATIONS: ReadonlySet<string> = new Set(['declaration'])
const KEYS: ReadonlySet<string> = new Set(['key'])

function addAll(
  segment: Pick<SegmentBuilder, 'add'>,
  chunks: readonly Chunk[],
  path: string,
  language: string,
): number {
  const documents = chunks.map(({ symbol, definitions, text }) => {
    const names = definitions.map((each) => each.symbol)
    const of = (kinds: ReadonlySet<string>) =>
      new Set(definitions.filter(({ kind }) => kinds.has(kind ?? '')).map((each) => each.symbol))
    const functions = definitions.filter(({ kind }) => FUNCTIONS.has(kind ?? '')).length
    const named = {
      definitions: names,
      values: of(VALUES),
      parts: of(PART_KINDS),
      declared: of(DECLARATIONS),
      keys: of(KEYS),
      functions,
    }
    return segment.add({ path, language, ...(symbol !== undefined && { symbol }), ...named, text })
  })
  return documents[0] ?? 0
}
