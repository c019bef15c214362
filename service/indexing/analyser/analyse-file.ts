import { hash } from 'node:crypto'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import type { SegmentBuilder } from '../../lexical/index-format.ts'
import type { AnalysedFile, Batch, Candidate } from '../analysis.ts'
import { type Chunk, chunksOf } from '../chunks/chunker.ts'
import { grammarOf } from '../chunks/grammars.ts'
import { TextLines } from '../chunks/text-lines.ts'
import { embeddedText } from '../embeddings/embedded-text.ts'
import { languageOf } from '../files/languages.ts'
import { readRegularFile } from '../files/regular-file.ts'
import { type SourceText, sourceText } from '../files/source-text.ts'
import { stampWhenRead } from '../files/stamp.ts'
import { maskedText } from '../secrets/masked-text.ts'

/** Reads a file and adds its chunks and its text to the segment. */
export async function analyseFile(
  batch: Batch,
  file: Candidate,
  segment: Pick<SegmentBuilder, 'add' | 'addText'>,
): Promise<AnalysedFile> {
  const { path } = file
  const read = file.content === undefined ? readFrom(batch, path) : { bytes: file.content, stamp: file.stamp }
  if ('outcome' in read) return read
  const { bytes, stamp } = read
  const written = sourceText(bytes)
  if (typeof written === 'string') return skipped(path, written)
  const masked = maskedText(written.lines.text, path, batch.shown)
  if (masked === 'too_many') return skipped(path, 'unparsable', 'too much of it may be secrets')
  const source = masked === undefined ? written : sourceOf(masked.text)
  const contentHash = hash('sha256', masked === undefined ? bytes : source.utf8, 'buffer')
  if (file.knownHash !== undefined && contentHash.equals(file.knownHash)) return { outcome: 'unchanged', path, stamp }
  const language = languageOf(path, source.lines.text)
  const chunks = chunksOf(source.lines, { language, grammar: await grammarOf(path, language) })
  const firstDocument = addAll(segment, chunks, path, language)
  segment.addText(source.lines.text, firstDocument)
  return {
    outcome: 'analysed',
    path,
    stamp,
    hash: contentHash,
    language,
    bytes: masked === undefined ? bytes.length : source.utf8.length,
    lines: source.lines.count,
    ...(masked && { masked: masked.counts }),
    zstd: compressed(source),
    firstDocument,
    chunks: chunks.map(({ text, ...chunk }) => ({
      ...chunk,
      hash: hash('sha256', embeddedText(text, chunk.symbol), 'buffer'),
    })),
  }
}

function readFrom({ root, maxFileBytes }: Batch, path: string): { bytes: Uint8Array; stamp: string } | Skipped {
  const readAt = Date.now()
  const read = readRegularFile(join(root, path), maxFileBytes)
  if ('fault' in read) return skipped(path, read.fault, read.detail)
  const { bytes, stats } = read
  if (bytes.length > maxFileBytes) return skipped(path, 'too_large', `${stats.size} bytes`)
  return { bytes, stamp: stampWhenRead(stats, readAt) }
}

type Skipped = Extract<AnalysedFile, { outcome: 'skipped' }>

function skipped(path: string, reason: Skipped['reason'], detail?: string): Skipped {
  return { outcome: 'skipped', path, reason, ...(detail !== undefined && { detail }) }
}

const sourceOf = (text: string): SourceText => ({ lines: new TextLines(text), utf8: Buffer.from(text) })

const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }

const compressed = ({ utf8 }: SourceText) => zstdCompressSync(utf8, COMPRESSION)

function addAll(
  segment: Pick<SegmentBuilder, 'add'>,
  chunks: readonly Chunk[],
  path: string,
  language: string,
): number {
  const documents = chunks.map(({ symbol, definitions, text }) => {
    const names = definitions.map((each) => each.symbol)
    return segment.add({ path, language, ...(symbol !== undefined && { symbol }), definitions: names, text })
  })
  return documents[0] ?? 0
}
