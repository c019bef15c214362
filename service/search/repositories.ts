import { Fault } from '../errors.ts'
import type { Sql } from '../store/database.ts'
import { liveRepositories, type RepositoryRow } from '../store/repositories.ts'
import type { Filter, Scoped } from './contract.ts'

/**
 * The repository of the name, or all that are in the scope. Where nothing has just this name, it may be one in other
 * capitals, a folder, a URL, or the end of either: `owner/name`.
 * @throws Fault `repository_unknown`, `request_invalid` where several may be meant
 */
export async function searchedRepositories(
  sql: Sql,
  { scope, repository: name }: Pick<Filter, 'repository'> & Scoped,
): Promise<RepositoryRow[]> {
  const found = await liveRepositories(sql, scope, name)
  if (found.length > 0 || name === undefined) return found
  const all = await liveRepositories(sql, scope)
  const [meant, another] = meantBy(name, all)
  if (another !== undefined && meant !== undefined) throw severalMeant(name, meant, another)
  if (meant !== undefined) return [meant]
  throw new Fault(
    'repository_unknown',
    `No repository is called ${JSON.stringify(name)}`,
    all.length === 0
      ? 'Nothing is indexed yet: index a folder first'
      : `Use one of these names: ${namesOf(all).slice(0, 50).join(', ')}`,
  )
}

const namesOf = (repositories: readonly RepositoryRow[]) => repositories.map(({ name }) => name)

function severalMeant(name: string, ...meant: readonly RepositoryRow[]): Fault {
  return new Fault(
    'request_invalid',
    `${JSON.stringify(name)} may mean several repositories`,
    `Use the name of one: ${namesOf(meant).join(', ')}`,
  )
}

/** The repositories that may be meant, by the first way of naming that any of them has. */
function meantBy(given: string, repositories: readonly RepositoryRow[]): RepositoryRow[] {
  const parts = partsOf(given)
  const last = parts.at(-1)
  const ways: ((repository: RepositoryRow) => boolean)[] = [
    ({ name }) => partsOf(name).join('/') === parts.join('/'),
    ({ source }) => partsOf(source).length === parts.length && endsWith(partsOf(source), parts),
    ({ source }) => endsWith(partsOf(source), parts),
    // A folder may be a clone of what the URL, or the owner and name, are of.
    ({ name }) => partsOf(name).at(-1) === last,
  ]
  for (const isMeant of last === undefined ? [] : ways) {
    const found = repositories.filter(isMeant)
    if (found.length > 0) return found
  }
  return []
}

/** What a name, a path or a URL is made of, in any way of writing it: `git@host:Owner/Name.git` is `host`, `owner`, `name`. */
function partsOf(text: string): string[] {
  return text
    .trim()
    .toLowerCase()
    .replace(/^[a-z+]+:\/\//, '')
    .replace(/^[^@/\\]+@/, '')
    .replace(/#.*$/, '')
    .split(/[/\\:]+/)
    .filter((part) => part !== '' && part !== '.')
    .map((part) => part.replace(/\.git$/, ''))
}

function endsWith(whole: readonly string[], end: readonly string[]): boolean {
  return whole.length > 1 && end.length > 0 && end.every((part, at) => whole[whole.length - end.length + at] === part)
}
