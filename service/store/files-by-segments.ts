import type { Sql } from './database.ts'
import { COLUMNS, type FileRow, LIVE_COLUMNS, type LiveFile } from './files.ts'
import { slices } from './packed.ts'
import { type RepositoryAt, visibleAt } from './visibility.ts'

/** Results of more than 1 MB cost the embedded database several times their size. */
const DOCUMENTS_A_PAGE = 4_000

/**
 * Yields the visible files of a repository with the stamps that tell whether they changed, a few segments at a time:
 * each file is read once, and no statement reads or returns much.
 */
export function liveFiles(
  sql: Sql,
  repository: RepositoryAt,
  documentsAPage = DOCUMENTS_A_PAGE,
): AsyncGenerator<LiveFile[]> {
  return bySegments<LiveFile>(sql, repository, LIVE_COLUMNS, documentsAPage)
}

/** Yields the visible files of a repository in the same way, or those in any of the languages, with all columns. */
export async function* filesBySegments(
  sql: Sql,
  repository: RepositoryAt,
  languages?: readonly string[],
): AsyncGenerator<FileRow[]> {
  const names = new Map<string, string>()
  for await (const page of bySegments<FileRow>(sql, repository, COLUMNS, DOCUMENTS_A_PAGE, languages)) {
    yield page.map((row) => compact(row, names))
  }
}

/**
 * Returns the row in 64 bytes less: with one string for each language, and with its fields in the object itself. A row
 * from another thread has a list for half of them.
 */
function compact(row: FileRow, names: Map<string, string>): FileRow {
  const { id, repositoryId, path, contentHash, segmentId, firstDocument, documents } = row
  const language = names.get(row.language) ?? row.language
  names.set(language, language)
  return { id, repositoryId, path, language, contentHash, segmentId, firstDocument, documents }
}

export type FilePath = Pick<FileRow, 'id' | 'path'>

/** Yields the paths of all visible files of a repository in the same way. */
export function pathsBySegments(sql: Sql, repository: RepositoryAt): AsyncGenerator<FilePath[]> {
  return bySegments<FilePath>(sql, repository, 'id, path', DOCUMENTS_A_PAGE)
}

async function* bySegments<Row extends object>(
  sql: Sql,
  { id, generation }: RepositoryAt,
  columns: string,
  documentsAPage: number,
  languages?: readonly string[],
): AsyncGenerator<Row[]> {
  const segments = await sql.query<{ id: number; documents: number }>(
    'select id, documents from segment where repository_id = $1 order by id',
    [id],
  )
  for (const page of slices(segments, documentsAPage, ({ documents }) => documents)) {
    yield await sql.query<Row>(
      `select ${columns} from file
       where segment_id = any($1::int[]) and ${visibleAt('$2')} and ($3::text[] is null or language = any($3))`,
      [page.map((segment) => segment.id), generation, languages ?? null],
    )
  }
}
