import { hash } from 'node:crypto'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import type { SegmentBuilder } from '../../lexical/index-format.ts'
import type { AnalysedFile, Batch, Candidate } from '../analysis.ts'
import { type Chunk, chunksOf } from '../chunks/chunker.ts'
import { grammarOf } from '../chunks/grammars.ts'
import { embeddedText } from '../embeddings/embedded-text.ts'
import { languageOf } from '../files/languages.ts'
import { readRegularFile } from '../files/regular-file.ts'
import { type SourceText, sourceText } from '../files/source-text.ts'
import { stampWhenRead } from '../files/stamp.ts'

/** Reads a file and adds its chunks to the segment: `add` gives each its number there. */
export async function analyseFile(batch: Batch, file: Candidate, add: SegmentBuilder['add']): Promise<AnalysedFile> {
  const { path } = file
  const read = file.content === undefined ? readFrom(batch, path) : { bytes: file.content, stamp: file.stamp }
  if ('outcome' in read) return read
  const { bytes, stamp } = read
  const contentHash = hash('sha256', bytes, 'buffer')
  if (file.knownHash !== undefined && contentHash.equals(file.knownHash)) return { outcome: 'unchanged', path, stamp }
  const source = sourceText(bytes)
  if (typeof source === 'string') return skipped(path, source)
  const language = languageOf(path, source.lines.text)
  const chunks = chunksOf(source.lines, { language, grammar: await grammarOf(path, language) })
  return {
    outcome: 'analysed',
    path,
    stamp,
    hash: contentHash,
    language,
    bytes: bytes.length,
    lines: source.lines.count,
    zstd: compressed(source),
    firstDocument: addAll(add, chunks, path, language),
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

const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }

const compressed = ({ utf8 }: SourceText) => zstdCompressSync(utf8, COMPRESSION)

function addAll(add: SegmentBuilder['add'], chunks: readonly Chunk[], path: string, language: string): number {
  const documents = chunks.map(({ symbol, definitions, text }) => {
    const names = definitions.map((each) => each.symbol)
    return add({ path, language, ...(symbol !== undefined && { symbol }), definitions: names, text })
  })
  return documents[0] ?? 0
}
