import type { Sql } from '../store/database.ts'
import { languagesOfFiles } from '../store/files.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import type { Filter, Scoped } from './contract.ts'
import { nearPaths } from './near-paths.ts'
import { filesAt, pathsOf } from './path-filter.ts'
import { pathsIn } from './path-readings.ts'
import { searchedRepositories } from './repositories.ts'

/** Returns why no file matches a filter that matches none, with similar values. Undefined if nothing is indexed anyway. */
export async function whyNothingIsLeft(sql: Sql, filter: Filter & Scoped): Promise<string | undefined> {
  const repositories = await searchedRepositories(sql, filter)
  if (repositories.every(({ files }) => files === 0)) return undefined
  const { languages } = filter
  const paths = pathsOf(filter)
  const path = paths.length === 0 ? undefined : paths.join(' and ')
  const there = await languagesBeside(sql, repositories, filter)
  if (path !== undefined && there.length === 0) {
    const near = await nearPaths(sql, repositories, pathsIn(paths[0] ?? '').wanted[0] ?? path)
    const told =
      near.length === 0 ? 'Paths begin at the root of a repository, as in src/**.' : `Similar paths: ${near.join(', ')}`
    return `No indexed file is at the path ${JSON.stringify(path)}. ${told}`
  }
  if (languages === undefined) return undefined
  const where = path === undefined ? 'No indexed file' : `No indexed file at the path ${JSON.stringify(path)}`
  return `${where} is in ${asked(languages)}. There are: ${there.join(', ')}`
}

/** Returns the languages of the files at a filter's paths, which are none if it asks for no language. */
async function languagesBeside(
  sql: Sql,
  repositories: readonly RepositoryRow[],
  { languages, ...filter }: Filter,
): Promise<string[]> {
  const paths = pathsOf(filter)
  if (paths.length === 0) return languagesOfFiles(sql, repositories)
  if (languages === undefined) return []
  const counts = new Map<string, number>()
  for (const repository of repositories) {
    for (const { language } of await filesAt(sql, repository, { within: paths })) {
      counts.set(language, (counts.get(language) ?? 0) + 1)
    }
  }
  return [...counts].sort(([, one], [, other]) => other - one).map(([language]) => language)
}

const MOST_NAMED = 10

/** Many are all but a few. */
const asked = (languages: readonly string[]) =>
  languages.length > MOST_NAMED ? 'any of the languages asked for' : languages.join(' or ')
