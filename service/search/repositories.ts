import { namedRepository } from '../access/named-repository.ts'
import type { Sql } from '../store/database.ts'
import { liveRepositories, type RepositoryRow } from '../store/repositories.ts'
import type { Filter, Scoped } from './contract.ts'
import { inAnyCase } from './path-readings.ts'

/**
 * Returns the repository with the name, or one that it may mean (see `namedRepository`), or all in the scope. A folder
 * or file inside a repository means that repository. Names after `!`, separated by commas, are left out.
 * @throws Fault `repository_unknown`, `request_invalid` if several may be meant
 */
export async function searchedRepositories(
  sql: Sql,
  { scope, repository: name }: Pick<Filter, 'repository'> & Scoped,
): Promise<RepositoryRow[]> {
  if (name?.startsWith('!')) {
    const all = await liveRepositories(sql, scope)
    const unwanted = name.split(',').map((each) => namedRepository(each.trim().replace(/^!/, ''), all))
    return all.filter((each) => !unwanted.includes(each))
  }
  const found = await liveRepositories(sql, scope, name)
  if (found.length > 0 || name === undefined) return found
  const all = await liveRepositories(sql, scope)
  return [around(name, all) ?? namedRepository(name, all)]
}

/** Returns the repository whose folder contains an absolute path. */
function around(path: string, repositories: readonly RepositoryRow[]): RepositoryRow | undefined {
  const written = inAnyCase(
    path
      .trim()
      .replaceAll('\\', '/')
      .replace(/^file:\/\//i, ''),
  )
  const holding = repositories.filter(({ source }) => written.startsWith(`${inAnyCase(source.replaceAll('\\', '/'))}/`))
  return holding.toSorted((one, other) => other.source.length - one.source.length)[0]
}
