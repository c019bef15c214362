import type { Sql } from './database.ts'
import { pack, slices } from './packed.ts'

/** A chunk, by its segment and its number in it. */
export interface ChunkPlace {
  readonly segmentId: number
  readonly document: number
}

/** The fields of a chunk that never change. Lines are counted from 1, both inclusive. */
export interface ChunkRow extends ChunkPlace {
  readonly startLine: number
  readonly endLine: number
  readonly kind: string
  readonly symbol?: string
  /** Definitions in the chunk, after the one that the chunk continues, if any. */
  readonly definitions: readonly DefinedName[]
}

/** Kinds of definitions of which a type has many: each says little about the type, and has no lines but its own. */
export const PART_KINDS: ReadonlySet<string> = new Set(['field', 'member', 'key'])

/** A name that code defines. */
export interface DefinedName {
  /** Qualified by the enclosing names: `Server.listen`. */
  readonly symbol: string
  /** Line of the name, counted from 1. */
  readonly line: number
  /** `class`, `function`, `method` …, and the last line. Undefined if the chunk has only a part of the definition. */
  readonly kind?: string
  readonly endLine?: number
}

/** Returns the chunks at the places, in any order. Deleted chunks are left out. */
export async function chunksAt(sql: Sql, places: readonly ChunkPlace[]): Promise<ChunkRow[]> {
  const rows = await sql.query<StoredRow>(
    `select chunk.segment_id as "segmentId", chunk.document, chunk.start_line as "startLine", chunk.end_line as "endLine",
       chunk.kind, chunk.symbol, chunk.definitions
     from unnest($1::int[], $2::int[]) as place (segment_id, document)
     join chunk on chunk.segment_id = place.segment_id and chunk.document = place.document`,
    [places.map(({ segmentId }) => segmentId), places.map(({ document }) => document)],
  )
  return rows.map(({ symbol, definitions, ...row }) => ({
    ...row,
    ...(symbol === null ? {} : { symbol }),
    definitions: definitions === null ? [] : readNames(definitions),
  }))
}

type StoredRow = Omit<ChunkRow, 'symbol' | 'definitions'> & {
  readonly symbol: string | null
  readonly definitions: string | null
}

/** One name per line: `12-40 method Server.listen`, or `12 Server.listen` if no more is known. */
const writtenNames = (names: readonly DefinedName[]) =>
  names.length === 0 ? null : names.map((name) => `${placeOf(name)} ${name.symbol}`).join('\n')

const placeOf = ({ line, kind, endLine }: DefinedName) =>
  kind === undefined || endLine === undefined ? line : `${line}-${endLine} ${kind}`

const WRITTEN_NAME = /^(\d+)(?:-(\d+) (\S+))? (.*)$/

function readNames(text: string): DefinedName[] {
  return text.split('\n').flatMap((name) => {
    const [, line, endLine, kind, symbol] = WRITTEN_NAME.exec(name) ?? []
    if (symbol === undefined) return []
    return { symbol, line: Number(line), ...(kind !== undefined && { kind, endLine: Number(endLine) }) }
  })
}

/** A chunk to store. */
export interface NewChunk {
  /** First and last line, counted from 1, both inclusive. */
  readonly startLine: number
  readonly endLine: number
  /** Syntax of the chunk (`function`, `class`, `module` …), or `lines` for a window of lines. */
  readonly kind: string
  readonly symbol?: string
  readonly definitions: readonly DefinedName[]
  /** The definition that began in an earlier chunk and continues in this one. */
  readonly continues?: DefinedName
  /** SHA-256 of the text to embed. */
  readonly hash: Uint8Array
}

const CHUNKS_A_STATEMENT = 5000

/** Stores chunks with their places and files. */
export async function insertChunks(
  sql: Sql,
  segmentId: number,
  chunks: readonly { readonly fileId: number; readonly document: number; readonly chunk: NewChunk }[],
): Promise<void> {
  for (const slice of slices(chunks, CHUNKS_A_STATEMENT)) {
    const { bytes, starts } = pack(slice.map(({ chunk }) => chunk.hash))
    await sql.query(
      `insert into chunk (segment_id, document, file_id, start_line, end_line, kind, symbol, definitions, hash)
       select $1::int, document, file_id, start_line, end_line, kind, symbol, definitions, substring($2::bytea from start for 32)
       from unnest($3::int[], $4::int[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[], $10::int[])
         as chunk (document, file_id, start_line, end_line, kind, symbol, definitions, start)`,
      [
        segmentId,
        bytes,
        slice.map(({ document }) => document),
        slice.map(({ fileId }) => fileId),
        slice.map(({ chunk }) => chunk.startLine),
        slice.map(({ chunk }) => chunk.endLine),
        slice.map(({ chunk }) => chunk.kind),
        slice.map(({ chunk }) => chunk.symbol ?? null),
        slice.map(({ chunk }) => writtenNames([...(chunk.continues ? [chunk.continues] : []), ...chunk.definitions])),
        starts,
      ],
    )
  }
}
