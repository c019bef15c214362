import { Fault } from '../errors.ts'
import type { Sql } from '../store/database.ts'
import { liveRepositories, type RepositoryRow } from '../store/repositories.ts'

/**
 * The repository of the name, or all of them.
 * @throws Fault `repository_unknown`
 */
export async function searchedRepositories(sql: Sql, name: string | undefined): Promise<RepositoryRow[]> {
  const found = await liveRepositories(sql, name)
  if (found.length > 0 || name === undefined) return found
  const names = (await liveRepositories(sql)).map((repository) => repository.name)
  throw new Fault(
    'repository_unknown',
    `No repository is called ${JSON.stringify(name)}`,
    names.length === 0
      ? 'Nothing is indexed yet: index a folder first'
      : `Use one of these names: ${names.slice(0, 50).join(', ')}`,
  )
}
