import { basename, dirname } from 'node:path'
import { type GitUrl, gitUrlText } from '../git-url.ts'
import type { Sql } from '../store/database.ts'
import { insertRepository, repositoryOf } from '../store/repositories.ts'
import { knownRepositories } from '../store/sources.ts'
import type { GitUser } from './files/git-config.ts'
import { repositoryAround } from './overlaps.ts'

/**
 * Returns the id of the folder's repository, and registers it if it is new. If a repository of a folder around it has
 * its files, returns that one, with the path of the folder in it.
 * @throws Fault `repository_overlaps`
 */
export async function registeredFolder(
  sql: Sql,
  folder: string,
  user: GitUser,
): Promise<{ readonly id: number; readonly path?: string }> {
  const known = await repositoryOf(sql, folder)
  if (known !== undefined) return { id: known }
  const around = await repositoryAround(folder, await knownRepositories(sql), user)
  return around ?? { id: await registered(sql, folder, namesFor(folder), false) }
}

/** Returns the id of the repository of a branch on a git server. A new one is registered for polling. */
export function registeredUrl(sql: Sql, url: GitUrl, name?: string): Promise<number> {
  return registered(sql, gitUrlText(url), namesForUrl(url, name), true)
}

async function registered(sql: Sql, source: string, names: Iterable<string>, polled: boolean): Promise<number> {
  for (const name of names) {
    const id = (await repositoryOf(sql, source)) ?? (await insertRepository(sql, name, source, polled))
    if (id !== undefined) return id
  }
  throw new Error('Names do not end')
}

/** Yields names for a folder without end, best first: its own, with its parent's, with a number. */
export function* namesFor(folder: string): Generator<string> {
  const own = basename(folder) || 'root'
  yield own
  const parent = basename(dirname(folder))
  const longer = parent === '' ? own : `${parent}-${own}`
  if (longer !== own) yield longer
  for (let number = 2; ; number++) yield `${longer}-${number}`
}

/**
 * Yields names for a URL without end, best first: the given one, those of its path, and these with the branch and
 * numbers.
 */
export function* namesForUrl({ address, branch }: GitUrl, name?: string): Generator<string> {
  if (name !== undefined) yield name
  const path = decodeURIComponent(new URL(address).pathname).replace(/\.git$/, '')
  const branched = branch === undefined ? path : `${path}-${branch.replaceAll('/', '-')}`
  const [own, longer] = namesFor(path)
  if (own !== undefined) yield own
  if (longer !== undefined && branch !== undefined) yield longer
  yield* namesFor(branched)
}
