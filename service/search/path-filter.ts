import { setImmediate as otherWork } from 'node:timers/promises'
import type { Sql } from '../store/database.ts'
import { type FileRow, filesMatching } from '../store/files.ts'
import type { RepositoryAt } from '../store/visibility.ts'
import type { Filter } from './contract.ts'
import { compileGlob } from './glob.ts'

/** How long paths are compared with a glob before others get their turn. */
const SLICE_MS = 5
const PATHS_AT_ONCE = 100

/**
 * The visible files of a repository that pass a filter, by path. Of a glob the database gets no more than its ends.
 * @throws Fault `request_invalid` where `path` is no glob
 */
export async function filesAt(sql: Sql, repository: RepositoryAt, { language, path }: Filter): Promise<FileRow[]> {
  const glob = path === undefined ? undefined : compileGlob(path)
  const files = await filesMatching(sql, [repository], {
    ...(language === undefined ? {} : { language }),
    ...(glob === undefined ? {} : { pathPrefix: glob.prefix, pathSuffix: glob.suffix }),
  })
  if (glob === undefined) return files
  const passed: FileRow[] = []
  let since = performance.now()
  for (let at = 0; at < files.length; at += PATHS_AT_ONCE) {
    for (const file of files.slice(at, at + PATHS_AT_ONCE)) if (glob.matches(file.path)) passed.push(file)
    if (performance.now() - since < SLICE_MS) continue
    await otherWork()
    since = performance.now()
  }
  return passed
}
