import { loadOwnModel, type PackagedModel } from '../../embedding/own-model.ts'
import type { TokenListener } from '../../lexical/index-format.ts'
import { createSegmentBuilder } from '../../lexical/segment-builder.ts'
import { Vocabulary } from '../../lexical/vocabulary.ts'
import { doTasks } from '../../threads/script.ts'
import { type PackedVectors, packVectors } from '../../vectors/packed-vectors.ts'
import type { AnalysedBatch, AnalysedFile, Batch } from '../analysis.ts'
import { analyseFile } from './analyse-file.ts'

async function analyse(batch: Batch, fileDone: () => void): Promise<AnalysedBatch> {
  const { vocabulary, vectors } = batch.vectors ? withVectors(loadOwnModel()) : { vocabulary: withoutVectors }
  const segment = createSegmentBuilder(vocabulary)
  const collected = vectors?.()
  const files: AnalysedFile[] = []
  for (const file of batch.files) {
    files.push(
      await analyseFile(batch, file, {
        add: (document) => {
          const number = segment.add(document)
          collected?.end(number)
          return number
        },
        addText: (text, firstDocument) => segment.addText(text, firstDocument),
      }),
    )
    fileDone()
  }
  if (!files.some((file) => file.outcome === 'analysed')) return { files }
  return { files, segment: segment.build(), ...(collected && { vectors: collected.packed() }) }
}

const withoutVectors = new Vocabulary()
let known: ReturnType<typeof collectVectors> | undefined

/** Returns the vocabulary of this thread, and what collects the vectors of a segment's documents from its tokens. */
function withVectors(model: Pick<PackagedModel, 'documentVectors'>) {
  known ??= collectVectors(model)
  return known
}

function collectVectors(model: Pick<PackagedModel, 'documentVectors'>) {
  const collected = model.documentVectors()
  const listener: TokenListener<readonly number[]> = {
    know: (terms) => collected.rowsOf(terms),
    hear: (field, rows) => collected.addRows(field, rows),
  }
  const vectors = () => {
    const documents: number[] = []
    const found: Float32Array[] = []
    return {
      /** A document without known tokens has no vector. */
      end: (document: number): void => {
        const vector = collected.end()
        if (vector === undefined) return
        documents.push(document)
        found.push(vector)
      },
      packed: (): PackedVectors => packVectors(documents, found),
    }
  }
  return { vocabulary: new Vocabulary(listener as TokenListener), vectors }
}

// After an unexpected error, the parser cannot be trusted with the next file, so the thread ends.
doTasks(async (batch: Batch, fileDone) => {
  const { batch: answer, buffer } = packed(await analyse(batch, fileDone))
  return { answer, transfer: [buffer] }
})

/** Copies a batch's bytes into one buffer, which can be transferred between threads. */
function packed(batch: AnalysedBatch): { batch: AnalysedBatch; buffer: ArrayBuffer } {
  let length = 0
  mapBytes(batch, (bytes) => {
    length += bytes.length
    return bytes
  })
  const buffer = new ArrayBuffer(length)
  let at = 0
  const moved = mapBytes(batch, (bytes) => {
    const copy = new Uint8Array(buffer, at, bytes.length)
    copy.set(bytes)
    at += bytes.length
    return copy
  })
  return { batch: moved, buffer }
}

type BytesMap = (bytes: Uint8Array) => Uint8Array

function mapBytes({ files, segment, vectors }: AnalysedBatch, map: BytesMap): AnalysedBatch {
  return {
    files: files.map((file) => mapFile(file, map)),
    ...(vectors && { vectors: { ...vectors, bytes: map(vectors.bytes) } }),
    ...(segment && {
      segment: {
        ...segment,
        lengths: map(segment.lengths),
        blocks: segment.blocks.map((block) => ({ ...block, data: map(block.data) })),
        grams: { directory: map(segment.grams.directory), data: map(segment.grams.data) },
      },
    }),
  }
}

function mapFile(file: AnalysedFile, map: BytesMap): AnalysedFile {
  if (file.outcome !== 'analysed') return file
  const chunks = file.chunks.map((chunk) => ({ ...chunk, hash: map(chunk.hash) }))
  return { ...file, hash: map(file.hash), zstd: map(file.zstd), chunks }
}
