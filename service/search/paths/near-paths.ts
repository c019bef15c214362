import type { Sql } from '../../store/database.ts'
import { pathsBySegments } from '../../store/files-by-segments.ts'
import type { RepositoryRow } from '../../store/repositories.ts'
import { SECOND } from '../../units.ts'
import { inTurns } from '../in-turns.ts'
import { NearestPaths } from './nearest-paths.ts'
import { textsOfPath } from './path-readings.ts'

const LONGEST = 300
/** Maximum number of readings of the wanted path. The first are the likeliest. */
const MOST_TEXTS = 5
/** How long to look. On a busy machine, an answer with fewer suggestions is better than none within its time limit. */
const LOOKING_MS = SECOND

/** Returns files and folders (with a trailing slash) whose paths are similar to one that matches nothing. */
export async function nearPaths(
  sql: Sql,
  repositories: readonly RepositoryRow[],
  path: string,
  lookingMs = LOOKING_MS,
): Promise<string[]> {
  const until = performance.now() + lookingMs
  const nearest = new NearestPaths()
  const seen = new Set<string>()
  for (const repository of repositories) {
    const texts = textsOfPath(path, repository).map((text) => text.replace(/\/?[^/]*[*?{].*$/s, '').toLowerCase())
    const wanted = [...new Set(texts)].filter((text) => text !== '' && text.length <= LONGEST)
    if (wanted.length === 0) continue
    seen.clear()
    const look = nearest.to(wanted.slice(0, MOST_TEXTS))
    for await (const page of pathsBySegments(sql, repository)) {
      const paths = page.map((file) => file.path)
      await inTurns([...paths, ...newFolders(paths, seen)], look)
      if (performance.now() >= until) return nearest.paths()
    }
  }
  return nearest.paths()
}

/** Returns the folders around the paths that have not been seen yet. */
function newFolders(paths: readonly string[], seen: Set<string>): string[] {
  const folders: string[] = []
  for (const path of paths) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at + 1)
      if (seen.has(folder)) break
      seen.add(folder)
      folders.push(folder)
    }
  }
  return folders
}
