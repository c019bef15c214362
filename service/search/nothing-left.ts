import type { Sql } from '../store/database.ts'
import { filesMatching } from '../store/files.ts'
import type { Filter, Scoped } from './contract.ts'
import { nearPaths } from './near-paths.ts'
import { filesAt } from './path-filter.ts'
import { pathsIn } from './path-readings.ts'
import { searchedRepositories } from './repositories.ts'

/** Why a filter leaves no file, and what is near it; undefined where nothing is indexed anyway. */
export async function whyNothingIsLeft(sql: Sql, filter: Filter & Scoped): Promise<string | undefined> {
  const repositories = await searchedRepositories(sql, filter)
  if (repositories.every(({ files }) => files === 0)) return undefined
  const { path, languages } = filter
  const files = []
  for (const repository of repositories) {
    files.push(
      ...(path === undefined ? await filesMatching(sql, [repository], {}) : await filesAt(sql, repository, { path })),
    )
  }
  if (path !== undefined && files.length === 0) {
    const near = await nearPaths(sql, repositories, pathsIn(path).wanted[0] ?? path)
    const told =
      near.length === 0 ? 'Paths begin at the root of a repository, as in src/**' : `Similar paths: ${near.join(', ')}`
    return `No indexed file is at the path ${JSON.stringify(path)}. ${told}`
  }
  if (languages === undefined) return undefined
  const there = [...Map.groupBy(files, ({ language }) => language)].sort(([, a], [, b]) => b.length - a.length)
  const where = path === undefined ? 'No indexed file' : `No indexed file at the path ${JSON.stringify(path)}`
  return `${where} is in ${languages.join(' or ')}. There are: ${there.map(([language]) => language).join(', ')}`
}
