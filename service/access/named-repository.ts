import { distance } from 'fastest-levenshtein'
import { Fault } from '../errors.ts'

interface Named {
  readonly name: string
  /** A folder or a URL. */
  readonly source: string
}

const NAMES_TOLD = 50

/**
 * Finds the repository that is meant by something other than its exact name: the name in different case, a folder, a
 * URL, or the end of either, such as `owner/name`.
 * @throws Fault `repository_unknown` with the nearest names, `request_invalid` if several repositories match
 */
export function namedRepository<Repository extends Named>(
  name: string,
  repositories: readonly Repository[],
): Repository {
  const [meant, another] = meantBy(name, repositories)
  if (another !== undefined && meant !== undefined) throw severalMeant(name, meant, another)
  if (meant !== undefined) return meant
  throw unknownRepository(name, repositories)
}

export function unknownRepository(name: string, repositories: readonly Named[]): Fault {
  return new Fault(
    'repository_unknown',
    `No repository is called ${JSON.stringify(name)}`,
    repositories.length === 0
      ? 'Nothing is indexed yet: index a folder first'
      : `Use one of these names: ${nearestNames(name, namesOf(repositories)).join(', ')}`,
  )
}

/** Returns the names that may have been meant, the nearest first if there are too many to tell all. */
function nearestNames(name: string, names: readonly string[]): readonly string[] {
  if (names.length <= NAMES_TOLD) return names
  const far = new Map(names.map((each) => [each, distance(each.toLowerCase(), name.toLowerCase())]))
  return names.toSorted((one, other) => (far.get(one) ?? 0) - (far.get(other) ?? 0)).slice(0, NAMES_TOLD)
}

const namesOf = (repositories: readonly Named[]) => repositories.map(({ name }) => name)

function severalMeant(name: string, ...meant: readonly Named[]): Fault {
  return new Fault(
    'request_invalid',
    `${JSON.stringify(name)} may mean several repositories`,
    `Use the name of one: ${namesOf(meant).join(', ')}`,
  )
}

/** Returns the repositories that match by the first kind of name that matches any. */
function meantBy<Repository extends Named>(given: string, repositories: readonly Repository[]): Repository[] {
  const parts = partsOf(given)
  const last = parts.at(-1)
  const isPlace = isInside(given, parts, repositories)
  const ways: ((repository: Named) => boolean)[] = [
    ({ name }) => partsOf(name).join('/') === parts.join('/'),
    ({ source }) => partsOf(source).length === parts.length && endsWith(partsOf(source), parts),
    ({ source }) => endsWith(partsOf(source), parts),
    // A folder may be a clone of the named URL or of the named `owner/name`.
    ({ name }) => !isPlace && partsOf(name).at(-1) === last,
  ]
  for (const isMeant of last === undefined ? [] : ways) {
    const found = repositories.filter(isMeant)
    if (found.length > 0) return found
  }
  return []
}

const IS_URL = /:\/\/|@|^[^/\\]+\.[a-z]+[/\\]/i

const IS_RELATIVE = /^\s*\.{1,2}[/\\]/

/** Whether a path leads on from a folder, such as one named like a repository, as in `shop/packages/cart`. */
function isInside(given: string, parts: readonly string[], repositories: readonly Named[]): boolean {
  if (IS_RELATIVE.test(given)) return parts.length > 1
  if (parts.length < 3 || IS_URL.test(given)) return false
  const names = new Set(repositories.map(({ name }) => partsOf(name).at(-1)))
  return parts.slice(0, -1).some((part) => names.has(part))
}

/**
 * Splits a name, path or URL of any notation into its parts: `git@host:Owner/Name.git` gives `host`, `owner`, `name`.
 */
function partsOf(text: string): string[] {
  return text
    .trim()
    .normalize()
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
