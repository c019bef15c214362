import type { AnalysedBatch, AnalysedFile } from '../analysis.ts'

/** A batch whose bytes all lie in one buffer, which can change threads without being copied. */
export function packed(batch: AnalysedBatch): { batch: AnalysedBatch; buffer: ArrayBuffer } {
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
