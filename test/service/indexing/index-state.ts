import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { chunksAt } from '../../../service/store/chunks.ts'
import { readContents } from '../../../service/store/contents.ts'
import type { Database, Sql } from '../../../service/store/database.ts'
import type { FileRow } from '../../../service/store/files.ts'
import { filesBySegments } from '../../../service/store/files-by-segments.ts'
import { type ClaimedJob, claimJob, enqueueJob, finishJob } from '../../../service/store/jobs.ts'
import { insertRepository, liveRepositories } from '../../../service/store/repositories.ts'

let repositories = 0

export async function newRepository(database: Database): Promise<number> {
  const name = `repository-${++repositories}`
  return (await insertRepository(database, name, `/folders/${name}`)) as number
}

/** Claims a job for the test, as a worker does. */
export async function claimed(database: Database, repositoryId: number, force = false): Promise<ClaimedJob> {
  const { id } = await enqueueJob(database, repositoryId, 'index', { force })
  const job = await claimJob(database, 'index', 30_000)
  if (job?.id !== id) throw new Error('Another job was open')
  return job
}

export async function ended(database: Database, job: ClaimedJob): Promise<void> {
  await finishJob(database, job, { state: 'succeeded', progress: {} })
}

/** Returns the texts by path that a reader of the repository sees. Fails if chunks and files do not fit together. */
export function visibleTexts(database: Database, repositoryId: number): Promise<Record<string, string>> {
  return database.snapshot(async (sql) => {
    const repository = (await liveRepositories(sql, EVERY_REPOSITORY)).find(({ id }) => id === repositoryId)
    if (repository === undefined) throw new Error(`There is no repository ${repositoryId}`)
    const files: FileRow[] = []
    for await (const page of filesBySegments(sql, repository)) files.push(...page)
    const texts = await readContents(
      sql,
      files.map(({ contentHash }) => contentHash),
    )
    const shown: Record<string, string> = {}
    for (const file of files) {
      if (shown[file.path] !== undefined) throw new Error(`${file.path} is visible twice`)
      const text = texts.get(file.contentHash) as string
      const chunks = await chunksAt(
        sql,
        Array.from({ length: file.documents }, (_, at) => ({
          segmentId: file.segmentId,
          document: file.firstDocument + at,
        })),
      )
      if (chunks.length !== text.split('\n').length) throw new Error(`${file.path} has ${chunks.length} chunks`)
      shown[file.path] = text
    }
    const { files: counted, chunks, bytes } = repository
    const there = [
      files.length,
      files.reduce((sum, { documents }) => sum + documents, 0),
      files.reduce((sum, { contentHash }) => sum + Buffer.byteLength(texts.get(contentHash) as string), 0),
    ]
    const kept = [counted, chunks, bytes].join(', ')
    if (kept !== there.join(', ')) throw new Error(`${kept} counted, ${there.join(', ')} there`)
    return shown
  })
}

/** Counts the rows of each table that belong to the repository, or for contents to none. */
export async function rowCounts(sql: Sql, repositoryId: number): Promise<Record<string, number>> {
  const [row] = await sql.query<Record<string, number>>(
    `select
       (select count(*) from file where repository_id = $1) as files,
       (select count(*) from segment where repository_id = $1) as segments,
       (select count(*) from chunk where segment_id in (select id from segment where repository_id = $1)) as chunks,
       (select count(*) from chunk where not exists (select from file where file.id = file_id)) as "lostChunks",
       (select count(*) from content where not exists (select from file where content_hash = hash)) as "lostContents"`,
    [repositoryId],
  )
  return row as Record<string, number>
}
