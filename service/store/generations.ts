import type { Segment } from '../lexical/index-format.ts'
import type { PackedVectors } from '../vectors/packed-vectors.ts'
import { insertChunks, type NewChunk } from './chunks.ts'
import { deleteUnusedContents, insertContents, type NewContent } from './contents.ts'
import type { Database, Sql } from './database.ts'
import { deleteUnseenFiles, insertFiles, replaceFiles } from './files.ts'
import { changeLeftOut, type LeftOutChanges } from './left-out.ts'
import { deleteRepository, hiddenRepositories } from './repositories.ts'
import { insertVectors } from './segment-vectors.ts'
import { deleteUnusedSegments, insertSegment } from './segments.ts'
import type { RepositoryAt } from './visibility.ts'

/** An analysed file with all its parts. */
export interface NewIndexedFile extends NewContent {
  readonly path: string
  readonly stamp: string
  readonly language: string
  readonly firstDocument: number
  readonly chunks: readonly NewChunk[]
  /** Number of masked secrets in the text, by kind. */
  readonly masked?: Readonly<Record<string, number>>
}

/** A segment with its documents' vectors of a model. */
export interface NewSegment extends Segment {
  readonly vectors?: { readonly modelId: number; readonly packed: PackedVectors }
}

/**
 * Stores files and their segment, born at the generation of `repository` and invisible until it is published. Returns the
 * segment's id.
 */
export async function insertBatch(
  sql: Sql,
  repository: RepositoryAt,
  { vectors, ...segment }: NewSegment,
  files: readonly NewIndexedFile[],
): Promise<number> {
  await insertContents(sql, files)
  const segmentId = await insertSegment(sql, repository.id, segment)
  if (vectors !== undefined) {
    await insertVectors(sql, repository.id, vectors.modelId, [{ segmentId, packed: vectors.packed, complete: true }])
  }
  const fileIds = await insertFiles(
    sql,
    repository,
    segmentId,
    files.map((file) => ({ ...file, documents: file.chunks.length })),
  )
  const chunks = files.flatMap(({ path, firstDocument, chunks }) =>
    chunks.map((chunk, at) => ({ fileId: fileIds.get(path) as number, document: firstDocument + at, chunk })),
  )
  await insertChunks(sql, segmentId, chunks)
  return segmentId
}

/** What a successful run found about the repository. */
export interface RunFacts {
  readonly commit?: string
  /** Number of files left out, by reason. Undefined if the run did not look at all files. */
  readonly skipped?: Readonly<Record<string, number>>
  /** Changes of the list of paths that are left out. */
  readonly leftOut?: LeftOutChanges
  /** Version of the index's format and settings. Undefined if unchanged. */
  readonly version?: string
}

/** What becomes visible, and what becomes invisible besides the files it replaces. */
export interface Publication {
  /** Ids of the new segments. */
  readonly segments: readonly number[]
  /** Paths that the repository no longer has. */
  readonly removed: readonly string[]
}

/** Publishes the generation of `repository`. Without `facts`, the run continues afterwards. */
export async function publish(
  sql: Sql,
  repository: RepositoryAt,
  publication: Publication,
  facts?: RunFacts,
): Promise<void> {
  await replaceFiles(sql, repository, publication)
  if (facts !== undefined) await recordRun(sql, repository.id, facts)
}

const LOOKED_AT = `indexed_at = now(), poll_failures = 0,
  poll_at = case when poll_failures > 1 then now() else poll_at end`

/** Records a successful run and what it found. */
export async function recordRun(
  sql: Sql,
  repositoryId: number,
  { commit, skipped, leftOut, version }: RunFacts,
): Promise<void> {
  if (leftOut !== undefined) await changeLeftOut(sql, repositoryId, leftOut)
  await sql.query(
    `update repository set commit = $2, skipped = coalesce($3::jsonb, skipped), secret_rules = coalesce($4, secret_rules), ${LOOKED_AT}
     where id = $1`,
    [repositoryId, commit ?? null, skipped === undefined ? null : JSON.stringify(skipped), version ?? null],
  )
}

/** Records the version of a repository's index. */
export async function recordVersion(sql: Sql, repositoryId: number, version: string): Promise<void> {
  await sql.query('update repository set secret_rules = $2 where id = $1', [repositoryId, version])
}

/** Records that the index is up to date, and that postponed checks are due. */
export async function recordLook(sql: Sql, repositoryId: number): Promise<void> {
  await sql.query(`update repository set ${LOOKED_AT} where id = $1`, [repositoryId])
}

const FILES_A_TRANSACTION = 500
const SEGMENTS_A_TRANSACTION = 20

/**
 * Deletes what no reader of the repository sees, in short transactions. Returns whether there was anything. Only the
 * repository's own run may call it, because it considers the rows of other runs as leftovers.
 */
export async function sweep(
  database: Pick<Database, 'transaction'>,
  repositoryId: number,
  signal?: AbortSignal,
): Promise<boolean> {
  let after = 0
  const files = await untilNone(async (sql) => {
    const swept = await deleteUnseenFiles(sql, repositoryId, { after, limit: FILES_A_TRANSACTION })
    if (swept.length === 0) return 0
    await deleteUnusedContents(
      sql,
      swept.map(({ hash }) => hash),
    )
    after = Math.max(...swept.map(({ id }) => id))
    return swept.length
  })
  const segments = await untilNone((sql) => deleteUnusedSegments(sql, repositoryId, SEGMENTS_A_TRANSACTION))
  return files || segments

  async function untilNone(work: (sql: Sql) => Promise<number>): Promise<boolean> {
    for (let found = false; ; found = true) {
      signal?.throwIfAborted()
      if ((await database.transaction(work)) === 0) return found
    }
  }
}

/** Frees the space of deleted rows in the embedded database. A Postgres server does so by itself. */
export async function reclaimSpace(database: Database): Promise<void> {
  if (database.kind !== 'embedded') return
  const tables = [
    'chunk',
    'file',
    'posting_block',
    'gram_index',
    'vector_block',
    'segment_vectors',
    'segment',
    'content',
  ]
  for (const table of tables) await database.query(`vacuum ${table}`)
}

/** Deletes the remaining rows of removed repositories. */
export async function sweepRemoved(database: Database, signal?: AbortSignal): Promise<void> {
  for (const id of await hiddenRepositories(database)) {
    await sweep(database, id, signal)
    await deleteRepository(database, id)
    await reclaimSpace(database)
  }
}
