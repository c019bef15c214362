import { Fault } from '../errors.ts'
import { readContents } from '../store/contents.ts'
import type { Database, Sql } from '../store/database.ts'
import { type FileRow, filesMatching } from '../store/files.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import type { ReadAnswer, ReadRequest } from './contract.ts'
import { filesNamed } from './files-named.ts'
import { nearPaths } from './near-paths.ts'
import { searchedRepositories } from './repositories.ts'
import { linesOf } from './text-lines.ts'

/**
 * Lines of a file, out of the index.
 * @throws Fault `repository_unknown`, `file_unknown`, `request_invalid`
 */
export function readLines(database: Database, request: ReadRequest): Promise<ReadAnswer> {
  return database.snapshot(async (sql) => {
    const [repository] = await searchedRepositories(sql, request)
    const [file] = repository === undefined ? [] : await filesNamed(sql, [repository], request.path)
    if (repository === undefined || file === undefined) throw await unknownFile(sql, repository, request)
    const lines = linesOf(await textOf(sql, file))
    const { startLine, endLine } = checkedRange(request, lines.length)
    return {
      repository: repository.name,
      path: file.path,
      language: file.language,
      startLine,
      endLine,
      totalLines: lines.length,
      text: lines.slice(startLine - 1, endLine).join('\n'),
    }
  })
}

async function textOf(sql: Sql, { contentHash, path }: FileRow): Promise<string> {
  const text = (await readContents(sql, [contentHash])).get(contentHash)
  if (text === undefined) throw new Error(`The text of ${path} (${contentHash}) is not stored`)
  return text
}

function checkedRange({ path, startLine = 1, endLine }: ReadRequest, total: number) {
  if (endLine !== undefined && startLine > endLine) {
    throw new Fault(
      'request_invalid',
      `start_line ${startLine} comes after end_line ${endLine}`,
      'Give a start_line that is not greater than end_line',
    )
  }
  if (startLine > Math.max(1, total)) {
    throw new Fault(
      'request_invalid',
      `${path} has ${total} lines, and start_line is ${startLine}`,
      `Give a start_line from 1 to ${total}`,
    )
  }
  return { startLine, endLine: Math.min(endLine ?? total, total) }
}

async function unknownFile(sql: Sql, repository: RepositoryRow | undefined, { path }: ReadRequest): Promise<Fault> {
  const pathSuffix = `/${path.slice(path.lastIndexOf('/') + 1)}`
  const similar = repository === undefined ? [] : await filesMatching(sql, [repository], { pathSuffix })
  const paths = similar.slice(0, 5).map((file) => file.path)
  const near = repository === undefined || paths.length > 0 ? [] : await nearPaths(sql, [repository], path)
  return new Fault(
    'file_unknown',
    `${repository?.name} has no indexed file ${JSON.stringify(path)}`,
    paths.length > 0
      ? `Files of that name are: ${paths.join(', ')}`
      : near.length > 0
        ? `Near are: ${near.join(', ')}`
        : 'Use a path as search_code or grep_code gives it, relative to the root of the repository',
  )
}
