import { createHash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { embeddedText } from '../../service/indexing/embeddings/embedded-text.ts'
import type { Sql } from '../../service/store/database.ts'

export interface IndexedFile {
  readonly path: string
  /** Texts of the chunks, in order. */
  readonly chunks: readonly string[]
  /** Symbol that encloses the chunks. */
  readonly symbol?: string
  readonly language?: string
  readonly born?: number
  readonly died?: number
}

export interface IndexedRepository {
  readonly id: number
  readonly generation: number
  readonly segmentId: number
  readonly fileIds: readonly number[]
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Stores a repository as a run leaves it: one segment, whose documents are the chunks in order. */
export async function indexedRepository(
  sql: Sql,
  name: string,
  files: readonly IndexedFile[],
  generation = 1,
): Promise<IndexedRepository> {
  const id = await idOf(sql, 'insert into repository (name, source, generation) values ($1, $1, $2) returning id', [
    name,
    generation,
  ])
  return { id, generation, ...(await addSegment(sql, id, files)) }
}

/** Stores another segment with these files. */
export async function addSegment(sql: Sql, repositoryId: number, files: readonly IndexedFile[]) {
  const countOf = (of: readonly IndexedFile[]) => of.reduce((sum, { chunks }) => sum + chunks.length, 0)
  const seen = files.filter(({ died }) => died === undefined)
  const segmentId = await idOf(
    sql,
    `insert into segment (repository_id, documents, live, tokens, lengths) values ($1, $2, $3, 1, '') returning id`,
    [repositoryId, countOf(files), countOf(seen)],
  )
  await sql.query('update repository set chunks = chunks + $2 where id = $1', [repositoryId, countOf(seen)])
  const fileIds: number[] = []
  let document = 0
  for (const file of files) {
    fileIds.push(await addFile(sql, { repositoryId, segmentId, document }, file))
    document += file.chunks.length
  }
  return { segmentId, fileIds }
}

interface Place {
  readonly repositoryId: number
  readonly segmentId: number
  readonly document: number
}

async function addFile(sql: Sql, place: Place, file: IndexedFile): Promise<number> {
  const { path, chunks, language = 'text', born = 1, died } = file
  const text = chunks.join('\n')
  const hash = sha256(text)
  await sql.query(
    `insert into content (hash, bytes, lines, zstd) values (decode($1, 'hex'), $2, $3, $4) on conflict do nothing`,
    [hash, text.length, text.split('\n').length, zstdCompressSync(text)],
  )
  const id = await idOf(
    sql,
    `insert into file (repository_id, path, stamp, content_hash, language, segment_id, first_document, documents, born, died)
     values ($1, $2, '', decode($3, 'hex'), $9, $4, $5, $6, $7, $8) returning id`,
    [place.repositoryId, path, hash, place.segmentId, place.document, chunks.length, born, died ?? null, language],
  )
  await addChunks(sql, id, place, file)
  return id
}

async function addChunks(sql: Sql, fileId: number, { segmentId, document }: Place, { chunks, symbol }: IndexedFile) {
  let line = 1
  for (const [at, chunk] of chunks.entries()) {
    const lines = chunk.split('\n').length
    await sql.query(
      `insert into chunk (segment_id, document, file_id, start_line, end_line, kind, symbol, hash)
       values ($1, $2, $3, $4, $5, 'lines', $6, decode($7, 'hex'))`,
      [segmentId, document + at, fileId, line, line + lines - 1, symbol ?? null, sha256(embeddedText(chunk, symbol))],
    )
    line += lines
  }
}

async function idOf(sql: Sql, text: string, values: readonly unknown[]): Promise<number> {
  const [row] = await sql.query<{ id: number }>(text, values)
  if (row === undefined) throw new Error('no row')
  return row.id
}
