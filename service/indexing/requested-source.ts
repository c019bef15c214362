import { parse } from 'node:path'
import type { RepositoryScope } from '../access/repository-scope.ts'
import { Fault, type FaultCode } from '../errors.ts'
import { type GitUrl, gitUrlText, isGitUrl, isWithin, parseGitUrl } from '../git-url.ts'
import type { Database } from '../store/database.ts'
import { enqueueJob } from '../store/jobs.ts'
import { liveRepositories, repositoryOf } from '../store/repositories.ts'
import type { Source } from './contract.ts'
import { type GitUser, gitUser } from './files/git-config.ts'
import { absolutePath, allowedFolder, realPath } from './folder.ts'
import { registeredFolder, registeredUrl } from './registration.ts'

/** What may be indexed. */
export interface RequestParts {
  readonly database: Database
  /** Folders that may be indexed, with all subfolders. */
  readonly roots: readonly string[]
  /** URL prefixes of repositories that may be indexed. */
  readonly allowedUrls?: readonly string[]
  /** Where this user's git settings are. */
  readonly user?: GitUser
  /** Called when there is work to do. */
  readonly onChange: () => void
}

/**
 * Registers what a caller asks to index, unless it is known. Returns the id of its repository, and the path of a folder
 * that is a part of that.
 * @throws Fault `path_not_allowed`, `url_not_allowed`, `request_invalid` or of the folder
 */
export async function requestedSource(
  { database, roots, allowedUrls = [], user = gitUser(), onChange }: RequestParts,
  given: Source,
  scope: RepositoryScope,
): Promise<{ id: number; path?: string }> {
  const source = await sourceNamed(database, given, scope)
  if (!scope.isEverything) return { id: await knownRepository(database, source, scope) }
  const { path, url, name } = source
  if (url === undefined) {
    const allowed = scope.takesAnySource ? [parse(pathOf(path)).root] : roots
    const folder = await folderToIndex(database, pathOf(path), allowed, onChange)
    return registeredFolder(database, folder, user)
  }
  const parsed = parseGitUrl(url)
  const allowed = scope.takesAnySource ? parsed : await allowedUrl(database, parsed, allowedUrls)
  return { id: await registeredUrl(database, allowed, name) }
}

/** Returns a folder. If an indexed one can no longer be indexed, requests a run, which reports that to everyone. */
async function folderToIndex(database: Database, path: string, roots: readonly string[], onChange: () => void) {
  try {
    return await allowedFolder(path, roots)
  } catch (error) {
    const known = await repositoryOf(database, (await realPath(path)).path)
    if (known !== undefined && !(error instanceof Fault && error.code === 'path_not_allowed')) {
      await enqueueJob(database, known, 'index')
      onChange()
    }
    throw error
  }
}

/** Returns the folder or URL of the indexed repository whose name was given as path. */
async function sourceNamed(database: Database, given: Source, scope: RepositoryScope): Promise<Source> {
  const { path = '', url } = given
  const [named] = url === undefined && path !== '' ? await liveRepositories(database, scope, path) : []
  if (named === undefined) return given
  return isGitUrl(named.source) ? { url: named.source } : { path: named.source }
}

function pathOf(path: string | undefined): string {
  if (path !== undefined && path !== '') return path
  throw new Fault('request_invalid', 'The path of the folder to index is missing', 'Give path, or url')
}

/**
 * Returns the id of the scope's repository with this source. Callers that do not see all repositories cannot add any: a
 * folder inside a repository, or a URL for which the server has credentials, would reveal what the scope leaves out.
 */
async function knownRepository(database: Database, { path, url }: Source, scope: RepositoryScope): Promise<number> {
  const source = url === undefined ? (await realPath(absolutePath(pathOf(path)))).path : gitUrlText(parseGitUrl(url))
  const found = (await liveRepositories(database, scope)).find((repository) => repository.source === source)
  if (found === undefined) throw notInScope(path ?? source, url === undefined ? 'path_not_allowed' : 'url_not_allowed')
  if (url === undefined) await allowedFolder(source, [source])
  return found.id
}

function notInScope(source: string, code: FaultCode): Fault {
  return new Fault(
    code,
    `${JSON.stringify(source)} is not the source of a repository that this token covers`,
    'Use a source that list_repositories shows; others are added with a token for all repositories',
  )
}

/** What is already indexed may be requested again. */
async function allowedUrl(database: Database, url: GitUrl, allowed: readonly string[]): Promise<GitUrl> {
  if (allowed.some((prefix) => isWithin(url.address, prefix))) return url
  if ((await repositoryOf(database, gitUrlText(url))) !== undefined) return url
  throw new Fault(
    'url_not_allowed',
    `${gitUrlText(url)} is not one of the URLs that may be indexed`,
    'Ask the operator of the server to add it, or a prefix of it, to GIT_ALLOWED_URLS',
  )
}
