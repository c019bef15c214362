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

/** A file with all that belongs to it, as it came out of its analysis. */
export interface NewIndexedFile extends NewContent {
  readonly path: string
  readonly stamp: string
  readonly language: string
  readonly firstDocument: number
  readonly chunks: readonly NewChunk[]
  /** How many secrets are masked in its text, by kind. */
  readonly masked?: Readonly<Record<string, number>>
}

/** A segment with the vectors of its documents under a model. */
export interface NewSegment extends Segment {
  readonly vectors?: { readonly modelId: number; readonly packed: PackedVectors }
}

/**
 * Stores files and their segment, born at the generation of `repository`; no reader sees them before it is published. The
 * number of the segment.
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

/** What a run that has ended well says about the repository. */
export interface RunFacts {
  readonly commit?: string
  /** How many files were left out, by reason; absent where not all were looked at. */
  readonly skipped?: Readonly<Record<string, number>>
  /** How what is left out, by path, differs from before. */
  readonly leftOut?: LeftOutChanges
  /** By what the index is made besides the texts; absent where it is as before. */
  readonly version?: string
}

/** What becomes visible, and what does not any more besides what it replaces. */
export interface Publication {
  /** The segments written for it. */
  readonly segments: readonly number[]
  /** The paths that the repository does not have any more. */
  readonly removed: readonly string[]
}

/** Shows readers the generation of `repository`. Without `facts` the run is still under way. */
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

/** Notes that a run has ended well, and what it found. */
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

/** Notes by what the index of a repository is made besides the texts. */
export async function recordVersion(sql: Sql, repositoryId: number, version: string): Promise<void> {
  await sql.query('update repository set secret_rules = $2 where id = $1', [repositoryId, version])
}

/** Notes that the index was found to be up to date; looks that had been put off are due. */
export async function recordLook(sql: Sql, repositoryId: number): Promise<void> {
  await sql.query(`update repository set ${LOOKED_AT} where id = $1`, [repositoryId])
}

const FILES_A_TRANSACTION = 500
const SEGMENTS_A_TRANSACTION = 20

/**
 * Deletes what no reader of the repository sees, in transactions short enough for others to get between; whether there
 * was anything. Only the run of the repository may call it: it takes the rows of any other run for leftovers.
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

/** Makes room where rows were deleted. Only in the embedded database: any other does so by itself. */
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

/** Deletes what is left of repositories that were removed. */
export async function sweepRemoved(database: Database, signal?: AbortSignal): Promise<void> {
  for (const id of await hiddenRepositories(database)) {
    await sweep(database, id, signal)
    await deleteRepository(database, id)
    await reclaimSpace(database)
  }
}
