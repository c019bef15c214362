import type { Sql } from './database.ts'
import { pack } from './packed.ts'
import { READERS, type RepositoryAt, readerValues, VISIBLE, visibleAt } from './visibility.ts'

export interface FileRow {
  readonly id: number
  readonly repositoryId: number
  readonly path: string
  readonly language: string
  /** SHA-256 of the text, in hex. */
  readonly contentHash: string
  readonly segmentId: number
  readonly firstDocument: number
  readonly documents: number
}

/** Of a `FileRow`. */
export const COLUMNS = `file.id, file.repository_id as "repositoryId", file.path, file.language,
  encode(file.content_hash, 'hex') as "contentHash", file.segment_id as "segmentId",
  file.first_document as "firstDocument", file.documents`

/** Returns up to `limit` visible files whose paths, with a leading slash, have these ends, in any order. */
export function filesBetween(
  sql: Sql,
  repository: RepositoryAt,
  { prefix, suffix }: { readonly prefix: string; readonly suffix: string },
  limit: number,
): Promise<FileRow[]> {
  return sql.query<FileRow>(
    `select ${COLUMNS} from ${READERS} join file on ${VISIBLE}
     where starts_with('/' || file.path, $3) and right('/' || file.path, length($4)) = $4
     limit $5`,
    [...readerValues([repository]), prefix, suffix, limit],
  )
}

/** Returns the files with these numbers, in any order. */
export async function filesNumbered(sql: Sql, ids: readonly number[]): Promise<FileRow[]> {
  return ids.length === 0 ? [] : sql.query<FileRow>(`select ${COLUMNS} from file where id = any($1::int[])`, [ids])
}

/** Returns the paths of up to `limit` visible files whose paths have this end, ordered by repository and path. */
export async function pathsEndingIn(
  sql: Sql,
  repositories: readonly RepositoryAt[],
  suffix: string,
  limit: number,
): Promise<string[]> {
  const rows = await sql.query<{ path: string }>(
    `select file.path from ${READERS} join file on ${VISIBLE}
     where right('/' || file.path, length($3)) = $3 order by file.repository_id, file.path limit $4`,
    [...readerValues(repositories), suffix, limit],
  )
  return rows.map(({ path }) => path)
}

/** Returns the ids of the repositories that have a visible file at the path, or in a folder at it. */
export async function repositoriesHolding(
  sql: Sql,
  repositories: readonly RepositoryAt[],
  path: string,
): Promise<Set<number>> {
  const rows = await sql.query<{ id: number }>(
    `select distinct file.repository_id as id from ${READERS} join file on ${VISIBLE}
     where file.path = $3 or starts_with(file.path, $3 || '/')`,
    [...readerValues(repositories), path],
  )
  return new Set(rows.map(({ id }) => id))
}

/** Returns the languages of visible files, those with the most files first. */
export async function languagesOfFiles(sql: Sql, repositories: readonly RepositoryAt[]): Promise<string[]> {
  const rows = await sql.query<{ language: string }>(
    `select file.language from ${READERS} join file on ${VISIBLE} group by file.language order by count(*) desc`,
    [...readerValues(repositories)],
  )
  return rows.map(({ language }) => language)
}

/** Returns all visible files of small repositories. */
export function filesOfEach(sql: Sql, repositories: readonly RepositoryAt[]): Promise<FileRow[]> {
  return sql.query<FileRow>(`select ${COLUMNS} from ${READERS} join file on ${VISIBLE}`, [
    ...readerValues(repositories),
  ])
}

/** Returns up to `limit` visible files of a repository with ids greater than `id`, which were stored later. */
export function filesStoredAfter(sql: Sql, repository: RepositoryAt, id: number, limit: number): Promise<FileRow[]> {
  return sql.query<FileRow>(`select ${COLUMNS} from ${READERS} join file on ${VISIBLE} where file.id > $3 limit $4`, [
    ...readerValues([repository]),
    id,
    limit,
  ])
}

/** Returns the visible files at the paths, by repository. */
export function filesAtPaths(
  sql: Sql,
  repositories: readonly RepositoryAt[],
  paths: readonly string[],
): Promise<FileRow[]> {
  return sql.query<FileRow>(
    `select ${COLUMNS} from ${READERS} join file on ${VISIBLE} where file.path = any($3::text[])
     order by file.repository_id, file.path`,
    [...readerValues(repositories), paths],
  )
}

/** A visible file, with the stamp that tells whether it has changed. */
export interface LiveFile {
  readonly path: string
  readonly stamp: string
  readonly segmentId: number
  readonly documents: number
}

/** Of a `LiveFile`. */
export const LIVE_COLUMNS = 'path, stamp, segment_id as "segmentId", documents'

/** Returns the visible files at the paths and in folders at the paths. */
export async function liveFilesAt(
  sql: Sql,
  { id, generation }: RepositoryAt,
  paths: readonly string[],
): Promise<LiveFile[]> {
  const visible = `select ${LIVE_COLUMNS} from file where repository_id = $1 and ${visibleAt('$2')}`
  const files = await sql.query<LiveFile>(`${visible} and path = any($3::text[])`, [id, generation, paths])
  const known = new Set(files.map(({ path }) => path))
  const folders = paths.flatMap((path) => (known.has(path) ? [] : `${path}/`))
  if (folders.length === 0) return files
  // No index helps: paths are ordered by the collation of a language.
  const inside = await sql.query<LiveFile>(
    `${visible} and exists (select from unnest($3::text[]) as folder where starts_with(path, folder))`,
    [id, generation, folders],
  )
  return [...new Map([...files, ...inside].map((file) => [file.path, file])).values()]
}

/** Returns the visible files of segments. */
export function liveFilesOf(
  sql: Sql,
  { generation }: RepositoryAt,
  segmentIds: readonly number[],
): Promise<LiveFile[]> {
  return sql.query<LiveFile>(
    `select ${LIVE_COLUMNS} from file where segment_id = any($2::int[]) and ${visibleAt('$1')}`,
    [generation, segmentIds],
  )
}

/** Returns the SHA-256 hashes of visible files' texts, by path. Files that are not visible are left out. */
export async function contentHashes(
  sql: Sql,
  repository: RepositoryAt,
  paths: readonly string[],
): Promise<Map<string, Buffer>> {
  if (paths.length === 0) return new Map()
  const rows = await sql.query<{ path: string; hash: Buffer }>(
    `select file.path, file.content_hash as hash
     from ${READERS} cross join unnest($3::text[]) as wanted (path) join file on file.path = wanted.path and ${VISIBLE}`,
    [...readerValues([repository]), paths],
  )
  return new Map(rows.map(({ path, hash }) => [path, hash]))
}

/** Returns the size of the visible files' texts in each segment, in bytes. */
export async function segmentBytes(
  sql: Sql,
  repository: RepositoryAt,
  segmentIds: readonly number[],
): Promise<Map<number, number>> {
  const rows = await sql.query<{ segmentId: number; bytes: number }>(
    `select file.segment_id as "segmentId", sum(content.bytes)::int8 as bytes
     from ${READERS} join file on ${VISIBLE} join content on content.hash = file.content_hash
     where file.segment_id = any($3::int[]) group by file.segment_id`,
    [...readerValues([repository]), segmentIds],
  )
  return new Map(rows.map(({ segmentId, bytes }) => [segmentId, bytes]))
}

export interface NewFile {
  readonly path: string
  readonly stamp: string
  /** SHA-256 of the text, which must be stored. */
  readonly hash: Uint8Array
  readonly language: string
  readonly firstDocument: number
  readonly documents: number
  /** Number of masked secrets in the text, by kind. */
  readonly masked?: Readonly<Record<string, number>>
}

/** Stores files born at the generation of `repository`, and returns their ids by path. */
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

/** Updates the stamps of visible files that were touched but not changed. */
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

/**
 * Publishes the segments' files in place of their predecessors, hides the removed paths, and updates the repository's
 * counts.
 */
export async function replaceFiles(
  sql: Sql,
  repository: RepositoryAt,
  { segments, removed }: { readonly segments: readonly number[]; readonly removed: readonly string[] },
): Promise<void> {
  await sql.query(
    `with added as materialized (
       select path, documents, content_hash from file
       where segment_id = any($3::int[]) and repository_id = $1 and born = $2
     ), ended as (
       update file set died = $2 from (select path from added union select unnest($4::text[])) as replaced
       where file.repository_id = $1 and file.path = replaced.path and file.died is null and file.born < $2
       returning file.id, file.segment_id, file.documents, file.content_hash
     ), shrunk as (
       update segment set live = live - gone.documents
       from (select segment_id, sum(documents) as documents from ended group by segment_id) as gone
       where segment.id = gone.segment_id
     ), change as (
       select count(*) as files, sum(documents) as chunks, sum(content.bytes) as bytes
       from added join content on hash = content_hash
       union all
       select -count(*), -sum(documents), -sum(content.bytes) from ended join content on hash = content_hash
     )
     update repository set generation = $2, files = repository.files + total.files,
       chunks = repository.chunks + total.chunks, bytes = repository.bytes + total.bytes, masked = (
       select coalesce(jsonb_object_agg(kind, secrets), '{}') from (
         select kind, sum(secrets::int) as secrets from file, jsonb_each_text(file.masked) as each (kind, secrets)
         where file.repository_id = $1 and file.masked is not null and file.died is null and file.born <= $2
           and file.id not in (select id from ended)
         group by kind
       ) as kinds
     )
     from (
       select sum(files) as files, coalesce(sum(chunks), 0) as chunks, coalesce(sum(bytes), 0) as bytes from change
     ) as total
     where id = $1`,
    [repository.id, repository.generation, segments, removed],
  )
}

/**
 * Deletes up to `limit` files that no reader will see, with their chunks. Starts with the lowest ids after `after`, so
 * that each file is examined once. Returns the ids of the files, and the hashes of their texts, in hex.
 */
export function deleteUnseenFiles(
  sql: Sql,
  repositoryId: number,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<{ id: number; hash: string }[]> {
  return sql.query(
    `with unseen as (
       delete from file where id in (
         select file.id from file join repository on repository.id = file.repository_id
         where repository.id = $1 and file.id > $2
           and (file.died <= repository.generation or file.born > repository.generation)
         order by file.id limit $3
       ) returning id, segment_id, first_document, documents, content_hash
     ), gone as (
       delete from chunk using unseen where chunk.segment_id = unseen.segment_id
         and chunk.document >= unseen.first_document
         and chunk.document < unseen.first_document + unseen.documents
     )
     select id, encode(content_hash, 'hex') as hash from unseen`,
    [repositoryId, after, limit],
  )
}
