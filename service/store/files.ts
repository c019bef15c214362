import type { Sql } from './database.ts'
import { pack } from './packed.ts'
import { READERS, type RepositoryAt, readerValues, VISIBLE } from './visibility.ts'

export interface FileRow {
  readonly id: number
  readonly repositoryId: number
  readonly path: string
  readonly language: string
  /** SHA-256 of its text, in hex. */
  readonly contentHash: string
  readonly segmentId: number
  readonly firstDocument: number
  readonly documents: number
}

const COLUMNS = `file.id, file.repository_id as "repositoryId", file.path, file.language,
  encode(file.content_hash, 'hex') as "contentHash", file.segment_id as "segmentId",
  file.first_document as "firstDocument", file.documents`

export interface FileFilter {
  readonly language?: string
  /** A regular expression of Postgres that the path must match. */
  readonly pathPattern?: string
}

/** The visible files that pass the filter, by repository and path. */
export function filesMatching(sql: Sql, repositories: readonly RepositoryAt[], filter: FileFilter): Promise<FileRow[]> {
  return sql.query<FileRow>(
    `select ${COLUMNS} from ${READERS} join file on ${VISIBLE}
     where ($3::text is null or file.language = $3) and ($4::text is null or file.path ~ $4)
     order by file.repository_id, file.path`,
    [...readerValues(repositories), filter.language ?? null, filter.pathPattern ?? null],
  )
}

/** The visible file at a path, if there is one. */
export async function fileAt(sql: Sql, repository: RepositoryAt, path: string): Promise<FileRow | undefined> {
  const [row] = await sql.query<FileRow>(
    `select ${COLUMNS} from ${READERS} join file on ${VISIBLE} where file.path = $3`,
    [...readerValues([repository]), path],
  )
  return row
}

export interface LiveFile {
  readonly path: string
  readonly stamp: string
  readonly contentHash: Buffer
  readonly segmentId: number
  readonly documents: number
}

/** The visible files of a repository, with what tells whether they have changed. */
export function liveFiles(sql: Sql, repository: RepositoryAt): Promise<LiveFile[]> {
  return sql.query<LiveFile>(
    `select file.path, file.stamp, file.content_hash as "contentHash", file.segment_id as "segmentId", file.documents
     from ${READERS} join file on ${VISIBLE}`,
    readerValues([repository]),
  )
}

export interface NewFile {
  readonly path: string
  readonly stamp: string
  /** SHA-256 of its text, which is stored. */
  readonly hash: Uint8Array
  readonly language: string
  readonly firstDocument: number
  readonly documents: number
  /** How many secrets are masked in its text, by kind. */
  readonly masked?: Readonly<Record<string, number>>
}

/** Stores files born at the generation of `repository`, and gives their numbers by path. */
export async function insertFiles(
  sql: Sql,
  repository: RepositoryAt,
  segmentId: number,
  files: readonly NewFile[],
): Promise<Map<string, number>> {
  const { bytes, starts, lengths } = pack(files.map(({ hash }) => hash))
  const rows = await sql.query<{ id: number; path: string }>(
    `insert into file (repository_id, born, segment_id, path, stamp, content_hash, language, first_document, documents,
       masked)
     select $1::int, $2::int, $3::int, path, stamp, substring($4::bytea from start for length), language,
       first_document, documents, masked::jsonb
     from unnest($5::text[], $6::text[], $7::int[], $8::int[], $9::text[], $10::int[], $11::int[], $12::text[])
       as file (path, stamp, start, length, language, first_document, documents, masked)
     returning id, path`,
    [
      repository.id,
      repository.generation,
      segmentId,
      bytes,
      files.map(({ path }) => path),
      files.map(({ stamp }) => stamp),
      starts,
      lengths,
      files.map(({ language }) => language),
      files.map(({ firstDocument }) => firstDocument),
      files.map(({ documents }) => documents),
      files.map(({ masked }) => (masked === undefined ? null : JSON.stringify(masked))),
    ],
  )
  return new Map(rows.map(({ id, path }) => [path, id]))
}

/** Gives visible files that were touched, but not changed, their new stamps. */
export async function updateStamps(
  sql: Sql,
  repository: RepositoryAt,
  stamps: readonly { readonly path: string; readonly stamp: string }[],
): Promise<void> {
  await sql.query(
    `update file set stamp = touched.stamp
     from ${READERS}, unnest($3::text[], $4::text[]) as touched (path, stamp)
     where ${VISIBLE} and file.path = touched.path`,
    [...readerValues([repository]), stamps.map(({ path }) => path), stamps.map(({ stamp }) => stamp)],
  )
}

/** Ends, at the generation of `repository`, the files that have a successor born then or that are at the paths removed. */
export async function endFiles(sql: Sql, repository: RepositoryAt, removed: readonly string[]): Promise<void> {
  await sql.query(
    `with ended as (
       update file set died = $2 where repository_id = $1 and died is null and born < $2 and (
         path = any($3::text[]) or exists (
           select from file as successor
           where successor.repository_id = $1 and successor.path = file.path and successor.born = $2
         )
       ) returning segment_id, documents
     )
     update segment set live = live - ended.documents
     from (select segment_id, sum(documents) as documents from ended group by segment_id) as ended
     where segment.id = ended.segment_id`,
    [repository.id, repository.generation, removed],
  )
}

/** Deletes up to `limit` files that no reader will see, with their chunks; the hashes of their texts, in hex. */
export async function deleteUnseenFiles(sql: Sql, repositoryId: number, limit: number): Promise<string[]> {
  const rows = await sql.query<{ hash: string }>(
    `with unseen as (
       delete from file where id in (
         select file.id from file join repository on repository.id = file.repository_id
         where repository.id = $1 and (file.died <= repository.generation or file.born > repository.generation)
         limit $2
       ) returning segment_id, first_document, documents, content_hash
     ), gone as (
       delete from chunk using unseen where chunk.segment_id = unseen.segment_id
         and chunk.document >= unseen.first_document
         and chunk.document < unseen.first_document + unseen.documents
     )
     select encode(content_hash, 'hex') as hash from unseen`,
    [repositoryId, limit],
  )
  return rows.map(({ hash }) => hash)
}
