import { namedRepository } from '../access/named-repository.ts'
import { Fault } from '../errors.ts'
import type { Sql } from '../store/database.ts'
import { repositoriesHolding } from '../store/files.ts'
import { liveRepositories, type RepositoryRow } from '../store/repositories.ts'
import type { Filter, Scoped } from './contract.ts'
import { inAnyCase, isAbsolute, withSlashes } from './path-readings.ts'

/**
 * Returns the repository with the name, or one that it may mean (see `namedRepository`), or all in the scope. Names after
 * `!`, separated by commas, are left out.
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
  return [namedRepository(name, await liveRepositories(sql, scope))]
}

type Narrowable = Pick<Filter, 'repository' | 'within'> & Scoped

/**
 * Answers a request. If its repository is a folder or file inside one, that repository is meant, narrowed to the place.
 * @throws Fault `request_invalid` if several repositories have the folder
 */
export async function answerInside<Request extends Narrowable, Answer>(
  sql: Sql,
  request: Request,
  answer: (request: Request) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await answer(request)
  } catch (error) {
    const isUnknown = error instanceof Fault && error.code === 'repository_unknown'
    const place = isUnknown ? await placeInside(sql, request) : undefined
    if (place === undefined) throw error
    const within = [...(request.within ?? []), place.path]
    return answer({ ...request, repository: place.repository.name, within })
  }
}

/** A folder or file of a repository. */
interface Place {
  readonly repository: RepositoryRow
  readonly path: string
}

/** Returns the place that the name of a repository leads to: by the repository's folder or name, or from its root. */
async function placeInside(sql: Sql, { scope, repository: given = '' }: Narrowable): Promise<Place | undefined> {
  const all = await liveRepositories(sql, scope)
  const path = withSlashes(given.trim()).replace(/^(?:\.\.?\/)+|\/+$/g, '')
  if (path === '') return undefined
  const byFolder = all.flatMap((repository) => inFolder(repository, path))
  if (byFolder[0] !== undefined) return byFolder[0]
  const byName = all.flatMap((repository) => behindName(repository, path))
  const fromRoot = isAbsolute(path) ? [] : all.map((repository) => ({ repository, path }))
  for (const places of [byName, fromRoot]) {
    const [only, ...others] = await existing(sql, places)
    if (only !== undefined && others.length > 0) throw severalHold(given, [only, ...others])
    if (only !== undefined) return only
  }
  return byName[0]
}

/** Returns the place of an absolute path that begins with the repository's folder. */
function inFolder(repository: RepositoryRow, path: string): Place[] {
  const end = pathAfter(withSlashes(repository.source), path, 0)
  return end === undefined ? [] : [{ repository, path: end }]
}

/** Returns the places that follow the repository's name, or that of its folder, in a path. */
function behindName(repository: RepositoryRow, path: string): Place[] {
  const folder = withSlashes(repository.source).replace(/^.*\/|\.git$/g, '')
  const starts = path.split('/').map((_, at) => at)
  const ends = [...new Set([repository.name, folder])].flatMap((name) =>
    name === '' ? [] : starts.flatMap((at) => pathAfter(name, path, at) ?? []),
  )
  return [...new Set(ends)].map((end) => ({ repository, path: end }))
}

/** Returns what follows a name, which may have several parts, at a part of a path. */
function pathAfter(name: string, path: string, at: number): string | undefined {
  const [wanted, parts] = [name.split('/'), path.split('/')]
  const isThere = wanted.every((part, index) => inAnyCase(part) === inAnyCase(parts[at + index] ?? ''))
  return isThere && parts.length > at + wanted.length ? parts.slice(at + wanted.length).join('/') : undefined
}

async function existing(sql: Sql, places: readonly Place[]): Promise<Place[]> {
  const found: Place[] = []
  for (const [path, ofPath] of Map.groupBy(places, (place) => place.path)) {
    const holding = await repositoriesHolding(
      sql,
      ofPath.map(({ repository }) => repository),
      path,
    )
    found.push(...ofPath.filter(({ repository }) => holding.has(repository.id)))
  }
  return found
}

const MOST_TOLD = 10

function severalHold(given: string, places: readonly Place[]): Fault {
  const told = places.slice(0, MOST_TOLD).map(({ repository, path }) => `${repository.name} with path ${path}`)
  return new Fault(
    'request_invalid',
    `${JSON.stringify(given)} may mean places in several repositories`,
    `Give one of these as repository and path: ${told.join(', ')}`,
  )
}
