import { Fault } from '../errors.ts'
import { chunksAt } from '../store/chunks.ts'
import { readCompressed } from '../store/contents.ts'
import type { Database, Sql } from '../store/database.ts'
import { type FileRow, pathsEndingIn } from '../store/files.ts'
import { type LeftOutRow, leftOutAt } from '../store/left-out.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import type { FileRequest, OutlineAnswer, ReadAnswer, ReadRequest } from './contract.ts'
import { definedIn, signatureOf } from './defined-names.ts'
import { filesNamed, filesNearlyNamed } from './files-named.ts'
import { freshnessOf, noteOf } from './freshness.ts'
import { DIVIDED_BY_LINES, whyLeftOut } from './left-out.ts'
import { nearPaths } from './paths/near-paths.ts'
import { textsOfPath } from './paths/path-readings.ts'
import { shownPath } from './paths/shown-path.ts'
import { searchedRepositories } from './repositories.ts'
import { StoredText } from './stored-text.ts'

/**
 * Reads lines of a file from the index.
 * @throws Fault `repository_unknown`, `file_unknown`, `file_left_out`, `request_invalid`
 */
export async function readLines(database: Database, request: ReadRequest): Promise<ReadAnswer> {
  const { repository, file, leftOut, zstd } = await database.snapshot((sql) => find(sql, request))
  const text = await StoredText.open(zstd)
  const { startLine, endLine } = checkedRange(request, text.lineCount)
  return {
    ...noteOf([freshnessOf([repository])]),
    repository: repository.name,
    path: file.path,
    language: file.language,
    startLine,
    endLine,
    totalLines: text.lineCount,
    text: text.lines(startLine, endLine).join('\n'),
    ...(leftOut?.reason === 'too_large' && { leftOut: whyLeftOut(leftOut) }),
  }
}

/**
 * Reads what a file defines from the index.
 * @throws Fault `repository_unknown`, `file_unknown`
 */
export async function readOutline(database: Database, request: FileRequest): Promise<OutlineAnswer> {
  const { repository, file, leftOut, zstd, chunks } = await database.snapshot(async (sql) => {
    const found = await find(sql, request)
    return { ...found, chunks: await chunksAt(sql, placesOf(found.file)) }
  })
  const text = await StoredText.open(zstd)
  return {
    ...noteOf([freshnessOf([repository]), byLinesNote(leftOut)]),
    repository: repository.name,
    path: file.path,
    language: file.language,
    totalLines: text.lineCount,
    ...(leftOut?.reason === 'too_large' && { leftOut: whyLeftOut(leftOut) }),
    definitions: definedIn(chunks)
      .filter(({ kind }) => kind !== 'key')
      .map(({ symbol, kind, line, endLine }) => ({
        symbol,
        ...(kind !== undefined && { kind }),
        startLine: line,
        endLine: endLine ?? line,
        signature: signatureOf(text, line),
      })),
  }
}

function byLinesNote(row: LeftOutRow | undefined): string | undefined {
  return row?.reason === 'by_lines' ? `${shownPath(row.path)} ${DIVIDED_BY_LINES}: ${row.detail}.` : undefined
}

function placesOf({ segmentId, firstDocument, documents }: FileRow) {
  return Array.from({ length: documents }, (_, at) => ({ segmentId, document: firstDocument + at }))
}

interface Found {
  readonly repository: RepositoryRow
  readonly file: FileRow
  readonly zstd: Uint8Array
  /** The part of the file that is not in the index. */
  readonly leftOut: LeftOutRow | undefined
}

async function find(sql: Sql, request: FileRequest): Promise<Found> {
  const repositories = await searchedRepositories(sql, request)
  const [file, another] = await filesMeant(sql, repositories, request)
  const named = (id: number | undefined) => repositories.find((repository) => repository.id === id)
  const repository = named(file?.repositoryId)
  if (file === undefined || repository === undefined) throw await unknownFile(sql, repositories, request)
  if (another !== undefined) throw severalHave(file.path, repository.name, named(another.repositoryId)?.name ?? '')
  const zstd = (await readCompressed(sql, [file.contentHash])).get(file.contentHash)
  if (zstd === undefined) throw new Error(`The text of ${file.path} (${file.contentHash}) is not stored`)
  return { repository, file, zstd, leftOut: await leftOutAt(sql, repository.id, file.path) }
}

/** @throws Fault `file_left_out` if the path names something that is left out */
async function filesMeant(
  sql: Sql,
  repositories: readonly RepositoryRow[],
  { path, within = [] }: FileRequest,
): Promise<FileRow[]> {
  for (const folder of within) {
    const inside = await filesNamed(sql, repositories, `${folder}/${path}`)
    if (inside.length > 0) return inside
  }
  const exact = await filesNamed(sql, repositories, path)
  if (exact.length > 0) return exact
  const fault = await leftOutFault(sql, repositories, path)
  if (fault !== undefined) throw fault
  return filesNearlyNamed(sql, repositories, path)
}

function severalHave(path: string, ...names: readonly string[]): Fault {
  return new Fault(
    'request_invalid',
    `Several repositories have a file ${JSON.stringify(path)}`,
    `Give repository too: ${names.join(', ')} …`,
  )
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
      `${shownPath(path)} has ${total} lines, and start_line is ${startLine}`,
      `Give a start_line from 1 to ${total}`,
    )
  }
  return { startLine, endLine: Math.min(endLine ?? total, total) }
}

async function leftOutFault(
  sql: Sql,
  repositories: readonly RepositoryRow[],
  given: string,
): Promise<Fault | undefined> {
  for (const repository of repositories) {
    for (const path of textsOfPath(given, repository)) {
      const row = await leftOutAt(sql, repository.id, path)
      if (row === undefined) continue
      const named = JSON.stringify(path)
      const whole = row.path === path ? named : `${named} is in ${JSON.stringify(row.path)}, which`
      return new Fault(
        'file_left_out',
        `${whole} is left out of the index: ${whyLeftOut(row)} [${row.reason}]`,
        'Read it from the folder itself, if you have access; the index does not contain it',
      )
    }
  }
  return undefined
}

const SIMILAR_SHOWN = 5

async function unknownFile(
  sql: Sql,
  repositories: readonly RepositoryRow[],
  { path, repository }: FileRequest,
): Promise<Fault> {
  const several = path.split(',').filter((each) => each.trim() !== '')
  const [first = '', second] = several
  if (second !== undefined && (await filesNamed(sql, repositories, first)).length > 0) {
    return new Fault('request_invalid', `path names ${several.length} files`, 'Read them one by one')
  }
  const pathSuffix = `/${path.slice(path.lastIndexOf('/') + 1)}`
  const paths = await pathsEndingIn(sql, repositories, pathSuffix, SIMILAR_SHOWN)
  const [only, another] = repositories
  const who =
    only === undefined || (repository === undefined && another) ? 'No repository has an' : `${only.name} has no`
  const note = freshnessOf(repositories)
  const near = paths.length > 0 ? [] : await nearPaths(sql, repositories, path)
  const folder = folderAmong(near, path, repositories)
  if (folder !== undefined) {
    return new Fault('file_unknown', `${JSON.stringify(path)} is a folder`, `list_files lists the files in ${folder}`)
  }
  return new Fault(
    'file_unknown',
    `${who} indexed file ${JSON.stringify(path)}${note === undefined ? '' : `. ${note.replace(/\.$/, '')}`}`,
    paths.length > 0
      ? `Files of that name are: ${paths.join(', ')}`
      : near.length > 0
        ? `Near are: ${near.join(', ')}`
        : 'Use a path as search_code or grep_code gives it, relative to the root of the repository',
  )
}

/** Returns which of the folders around a path it names. The repository's own is always among them. */
function folderAmong(
  near: readonly string[],
  path: string,
  repositories: readonly RepositoryRow[],
): string | undefined {
  const texts = repositories
    .flatMap((repository) => textsOfPath(path, repository))
    .map((text) => text.replace(/\/+$/, ''))
  return ['./', ...near].find((each) => each.endsWith('/') && texts.includes(each.replace(/^\.?\/$|\/$/, '')))
}
