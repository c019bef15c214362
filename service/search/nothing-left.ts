import type { Sql } from '../store/database.ts'
import type { Filter, Scoped } from './contract.ts'
import { nearPaths } from './near-paths.ts'
import { filesAt, pathsOf } from './path-filter.ts'
import { pathsIn } from './path-readings.ts'
import { searchedRepositories } from './repositories.ts'

/** Returns why no file matches a filter, with similar values. Undefined if nothing is indexed anyway. */
export async function whyNothingIsLeft(sql: Sql, filter: Filter & Scoped): Promise<string | undefined> {
  const repositories = await searchedRepositories(sql, filter)
  if (repositories.every(({ files }) => files === 0)) return undefined
  const { languages } = filter
  const paths = pathsOf(filter)
  const path = paths.length === 0 ? undefined : paths.join(' and ')
  const files = []
  for (const repository of repositories) files.push(...(await filesAt(sql, repository, { within: paths })))
  if (path !== undefined && files.length === 0) {
    const near = await nearPaths(sql, repositories, pathsIn(paths[0] ?? '').wanted[0] ?? path)
    const told =
      near.length === 0 ? 'Paths begin at the root of a repository, as in src/**' : `Similar paths: ${near.join(', ')}`
    return `No indexed file is at the path ${JSON.stringify(path)}. ${told}`
  }
  if (languages === undefined) return undefined
  const there = [...Map.groupBy(files, ({ language }) => language)].sort(([, a], [, b]) => b.length - a.length)
  const where = path === undefined ? 'No indexed file' : `No indexed file at the path ${JSON.stringify(path)}`
  return `${where} is in ${asked(languages)}. There are: ${there.map(([language]) => language).join(', ')}`
}

const MOST_NAMED = 10

/** Many are all but a few. */
const asked = (languages: readonly string[]) =>
  languages.length > MOST_NAMED ? 'any of the languages asked for' : languages.join(' or ')
