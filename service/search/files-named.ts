import type { Sql } from '../store/database.ts'
import { type FileRow, filesAtPaths, filesMatching } from '../store/files.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { inTurns } from './in-turns.ts'
import { textsOfPath } from './path-readings.ts'

/**
 * The files that a path names, one at most of each repository: as it is written, from the root of the server or of another
 * machine, with backslashes, or with accents composed in another way.
 */
export async function filesNamed(sql: Sql, repositories: readonly RepositoryRow[], path: string): Promise<FileRow[]> {
  const found: FileRow[] = []
  for (const repository of repositories) {
    const file = await fileNamed(sql, repository, path)
    if (file !== undefined) found.push(file)
  }
  return found
}

async function fileNamed(sql: Sql, repository: RepositoryRow, path: string): Promise<FileRow | undefined> {
  const texts = textsOfPath(path, repository)
  const files = new Map((await filesAtPaths(sql, [repository], texts)).map((file) => [file.path, file]))
  const exact = texts.find((text) => files.has(text))
  if (exact !== undefined || /^[\0-\x7f]*$/.test(path)) return files.get(exact ?? '')
  const wanted = new Set(texts.map((text) => text.normalize()))
  let same: FileRow | undefined
  await inTurns(await filesMatching(sql, [repository], {}), (file) => {
    if (wanted.has(file.path.normalize())) same ??= file
  })
  return same
}
