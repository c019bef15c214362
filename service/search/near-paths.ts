import { distance } from 'fastest-levenshtein'
import type { Sql } from '../store/database.ts'
import { pathsBySegments } from '../store/files-by-segments.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { inTurns } from './in-turns.ts'
import { textsOfPath } from './path-readings.ts'

const MOST_NEAR = 5
/** How much of a path may differ, and the penalty if only the last name is similar. */
const MOST_CHANGED = 0.4
const OTHER_FOLDER = 0.05
const LONGEST = 300

/** Returns files and folders (with a trailing slash) whose paths are similar to one that matches nothing. */
export async function nearPaths(sql: Sql, repositories: readonly RepositoryRow[], path: string): Promise<string[]> {
  let near: Near[] = []
  const seen = new Set<string>()
  for (const repository of repositories) {
    const texts = textsOfPath(path, repository).map((text) => text.replace(/\/?[^/]*[*?{].*$/s, '').toLowerCase())
    const wanted = [...new Set(texts)].filter((text) => text !== '' && text.length <= LONGEST)
    if (wanted.length === 0) continue
    seen.clear()
    for await (const page of pathsBySegments(sql, repository)) {
      const paths = page.map((file) => file.path)
      await inTurns([...paths, ...newFolders(paths, seen)], (each) => {
        const changed = Math.min(...wanted.map((text) => changeBetween(text, each.toLowerCase().replace(/\/$/, ''))))
        if (changed <= MOST_CHANGED) near.push({ path: each, changed })
      })
      near = nearest(near)
    }
  }
  return near.map((each) => each.path)
}

interface Near {
  readonly path: string
  /** Share of the characters. */
  readonly changed: number
}

/** Several repositories may have the same path. */
function nearest(near: Near[]): Near[] {
  near.sort((one, other) => one.changed - other.changed || one.path.length - other.path.length)
  const first: Near[] = []
  for (const each of near) {
    if (first.length === MOST_NEAR) break
    if (!first.some(({ path }) => path === each.path)) first.push(each)
  }
  return first
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

/** Returns the share of characters that differ, 0 for the same path in different case. */
function changeBetween(wanted: string, path: string): number {
  const whole = shareChanged(wanted, path)
  return Math.min(whole, OTHER_FOLDER + shareChanged(lastOf(wanted), lastOf(path)) + whole / 10)
}

function shareChanged(one: string, other: string): number {
  const longest = Math.max(one.length, other.length)
  if (Math.abs(one.length - other.length) > longest * MOST_CHANGED) return 1
  return longest === 0 ? 0 : distance(one, other) / longest
}

const lastOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
