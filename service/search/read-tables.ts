import type { Sql } from '../store/database.ts'
import { filesOfEach, filesStoredAfter } from '../store/files.ts'
import { slices } from '../store/packed.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { liveSegments } from '../store/segments.ts'
import type { Filter } from './contract.ts'
import { type FileTable, makeFileTable, rowsAfter } from './file-table.ts'
import { filesAt, inOrder, ROWS_AT_ONCE } from './paths/path-filter.ts'

export async function readTable(sql: Sql, repository: RepositoryRow, filter: Filter): Promise<FileTable> {
  const rows = await filesAt(sql, repository, filter)
  return makeFileTable(rows, await liveSegments(sql, [repository]))
}

/**
 * Reads the table of all files. Those in the table of an earlier generation are not read again if all are still there
 * and few were stored since.
 */
export async function readTableAfter(sql: Sql, repository: RepositoryRow, before: FileTable): Promise<FileTable> {
  const last = before.files.reduce((highest, { row }) => Math.max(highest, row.id), 0)
  const stored = await filesStoredAfter(sql, repository, last, ROWS_AT_ONCE)
  const rows = stored.length < ROWS_AT_ONCE ? await rowsAfter(before, stored, repository.files) : undefined
  return rows === undefined
    ? readTable(sql, repository, {})
    : makeFileTable(rows, await liveSegments(sql, [repository]))
}

/** Number of files, at least one in each repository, that a statement returns. */
const FILES_A_PAGE = 2_000

export const isSmall = ({ files }: RepositoryRow) => files < FILES_A_PAGE

/** Yields the tables of all files of small repositories, of which many are read together. */
export async function* readSmallTables(
  sql: Sql,
  repositories: readonly RepositoryRow[],
): AsyncGenerator<readonly [RepositoryRow, FileTable]> {
  for (const page of slices(repositories, FILES_A_PAGE, ({ files }) => Math.max(1, files))) {
    const rows = Map.groupBy(await filesOfEach(sql, page), ({ repositoryId }) => repositoryId)
    const segments = Map.groupBy(await liveSegments(sql, page), ({ repositoryId }) => repositoryId)
    for (const repository of page) {
      const { id } = repository
      yield [repository, await makeFileTable(inOrder(rows.get(id) ?? []), segments.get(id) ?? [])]
    }
  }
}
