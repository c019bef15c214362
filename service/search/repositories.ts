import { Fault } from '../errors.ts'
import type { Sql } from '../store/database.ts'
import { liveRepositories, type RepositoryRow } from '../store/repositories.ts'
import type { Filter, Scoped } from './contract.ts'

/**
 * The repository of the name, or all that are in the scope.
 * @throws Fault `repository_unknown`
 */
export async function searchedRepositories(
  sql: Sql,
  { scope, repository: name }: Pick<Filter, 'repository'> & Scoped,
): Promise<RepositoryRow[]> {
  const found = await liveRepositories(sql, scope, name)
  if (found.length > 0 || name === undefined) return found
  const names = (await liveRepositories(sql, scope)).map((repository) => repository.name)
  throw new Fault(
    'repository_unknown',
    `No repository is called ${JSON.stringify(name)}`,
    names.length === 0
      ? 'Nothing is indexed yet: index a folder first'
      : `Use one of these names: ${names.slice(0, 50).join(', ')}`,
  )
}
