import { Fault } from '../errors.ts'
import { readContents } from '../store/contents.ts'
import type { Database, Sql } from '../store/database.ts'
import { type FileRow, fileAt, filesMatching } from '../store/files.ts'
import { type LeftOutRow, leftOutAt } from '../store/left-out.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import type { ReadAnswer, ReadRequest } from './contract.ts'
import { whyLeftOut } from './left-out.ts'
import { searchedRepositories } from './repositories.ts'
import { linesOf } from './text-lines.ts'

/**
 * Lines of a file, out of the index.
 * @throws Fault `repository_unknown`, `file_unknown`, `file_left_out`, `request_invalid`
 */
export function readLines(database: Database, request: ReadRequest): Promise<ReadAnswer> {
  return database.snapshot(async (sql) => {
    const [repository] = await searchedRepositories(sql, request)
    const path = request.path.replace(/^(?:\.?\/)+/, '')
    const file = repository && (await fileAt(sql, repository, path))
    const leftOut = repository && (await leftOutAt(sql, repository.id, path))
    if (repository === undefined || file === undefined) {
      throw leftOut === undefined ? await unknownFile(sql, repository, request) : leftOutFault(path, leftOut)
    }
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
      ...(leftOut?.reason === 'too_large' && { leftOut: whyLeftOut(leftOut) }),
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
      `The first line asked for, ${startLine}, comes after the last, ${endLine}`,
      'Give a start line that is not greater than the end line',
    )
  }
  if (startLine > Math.max(1, total)) {
    throw new Fault(
      'request_invalid',
      `${path} has ${total} lines, and line ${startLine} was asked for`,
      `Ask for lines from 1 to ${total}`,
    )
  }
  return { startLine, endLine: Math.min(endLine ?? total, total) }
}

function leftOutFault(path: string, row: LeftOutRow): Fault {
  const whole =
    row.path === path ? JSON.stringify(path) : `${JSON.stringify(path)} is in ${JSON.stringify(row.path)}, which`
  return new Fault(
    'file_left_out',
    `${whole} is left out of the index: ${whyLeftOut(row)} [${row.reason}]`,
    'Read it from the folder itself, if you may; the index has nothing of it',
  )
}

async function unknownFile(sql: Sql, repository: RepositoryRow | undefined, { path }: ReadRequest): Promise<Fault> {
  const pathSuffix = `/${path.slice(path.lastIndexOf('/') + 1)}`
  const similar = repository === undefined ? [] : await filesMatching(sql, [repository], { pathSuffix })
  const paths = similar.slice(0, 5).map((file) => file.path)
  return new Fault(
    'file_unknown',
    `${repository?.name} has no indexed file ${JSON.stringify(path)}`,
    paths.length > 0
      ? `Files of that name are: ${paths.join(', ')}`
      : 'Use a path as search_code or grep_code gives it, relative to the root of the repository',
  )
}
