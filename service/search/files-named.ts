import type { Sql } from '../store/database.ts'
import { type FileRow, filesAtPaths, filesNumbered } from '../store/files.ts'
import { type FilePath, pathsBySegments } from '../store/files-by-segments.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { inTurns } from './in-turns.ts'
import { inAnyCase, textsOfPath } from './paths/path-readings.ts'

/**
 * Returns the files that a path names, at most one in each repository: as written, absolute on the server or on another
 * machine, or with backslashes.
 */
export async function filesNamed(sql: Sql, repositories: readonly RepositoryRow[], path: string): Promise<FileRow[]> {
  return ofEach(repositories, async (repository) => {
    const texts = textsOfPath(path, repository)
    const files = new Map((await filesAtPaths(sql, [repository], texts)).map((file) => [file.path, file]))
    return files.get(texts.find((text) => files.has(text)) ?? '')
  })
}

/**
 * Does the same regardless of case and composition of accents. Also finds a file by the end of its path, if only one
 * matches.
 */
export async function filesNearlyNamed(
  sql: Sql,
  repositories: readonly RepositoryRow[],
  path: string,
): Promise<FileRow[]> {
  return ofEach(repositories, async (repository) => {
    const texts = [...new Set(textsOfPath(path, repository).map(inAnyCase))].filter((text) => text !== '')
    if (texts.length === 0) return undefined
    const same: FilePath[] = []
    const ending: FilePath[] = []
    for await (const page of pathsBySegments(sql, repository)) {
      await inTurns(page, (file) => {
        const own = inAnyCase(file.path)
        if (texts.includes(own)) same.push(file)
        else if (ending.length < 2 && texts.some((text) => own.endsWith(`/${text}`))) ending.push(file)
      })
    }
    same.sort((one, other) => (one.path < other.path ? -1 : 1))
    const composed = path.trim().normalize()
    const meant =
      same.find((file) => file.path.normalize() === composed) ??
      same[0] ??
      (ending.length === 1 ? ending[0] : undefined)
    return meant && (await filesNumbered(sql, [meant.id]))[0]
  })
}

async function ofEach(
  repositories: readonly RepositoryRow[],
  find: (repository: RepositoryRow) => Promise<FileRow | undefined>,
): Promise<FileRow[]> {
  const found: FileRow[] = []
  for (const repository of repositories) {
    const file = await find(repository)
    if (file !== undefined) found.push(file)
  }
  return found
}
