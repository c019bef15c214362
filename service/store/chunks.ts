import type { Sql } from './database.ts'
import { pack, slices } from './packed.ts'

/** A chunk by its segment and its number there. */
export interface ChunkPlace {
  readonly segmentId: number
  readonly document: number
}

/** What never changes of a chunk: its lines, counted from 1, both inside, and what it is. */
export interface ChunkRow extends ChunkPlace {
  readonly startLine: number
  readonly endLine: number
  readonly kind: string
  readonly symbol?: string
}

/** The chunks at the places, in no order; a place whose chunk is gone has no row. */
export async function chunksAt(sql: Sql, places: readonly ChunkPlace[]): Promise<ChunkRow[]> {
  const rows = await sql.query<ChunkRow & { symbol: string | null }>(
    `select chunk.segment_id as "segmentId", chunk.document, chunk.start_line as "startLine", chunk.end_line as "endLine",
       chunk.kind, chunk.symbol
     from unnest($1::int[], $2::int[]) as place (segment_id, document)
     join chunk on chunk.segment_id = place.segment_id and chunk.document = place.document`,
    [places.map(({ segmentId }) => segmentId), places.map(({ document }) => document)],
  )
  return rows.map(({ symbol, ...row }) => (symbol === null ? row : { ...row, symbol }))
}

export interface NewChunk {
  readonly startLine: number
  readonly endLine: number
  readonly kind: string
  readonly symbol?: string
  /** SHA-256 of what is embedded of it. */
  readonly hash: Uint8Array
}

const CHUNKS_A_STATEMENT = 5000

/** Stores chunks with their places and the file each is of. */
export async function insertChunks(
  sql: Sql,
  segmentId: number,
  chunks: readonly { readonly fileId: number; readonly document: number; readonly chunk: NewChunk }[],
): Promise<void> {
  for (const slice of slices(chunks, CHUNKS_A_STATEMENT)) {
    const { bytes, starts } = pack(slice.map(({ chunk }) => chunk.hash))
    await sql.query(
      `insert into chunk (segment_id, document, file_id, start_line, end_line, kind, symbol, hash)
       select $1::int, document, file_id, start_line, end_line, kind, symbol, substring($2::bytea from start for 32)
       from unnest($3::int[], $4::int[], $5::int[], $6::int[], $7::text[], $8::text[], $9::int[])
         as chunk (document, file_id, start_line, end_line, kind, symbol, start)`,
      [
        segmentId,
        bytes,
        slice.map(({ document }) => document),
        slice.map(({ fileId }) => fileId),
        slice.map(({ chunk }) => chunk.startLine),
        slice.map(({ chunk }) => chunk.endLine),
        slice.map(({ chunk }) => chunk.kind),
        slice.map(({ chunk }) => chunk.symbol ?? null),
        starts,
      ],
    )
  }
}
