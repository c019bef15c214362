import { parse } from 'node:path'
import { namedRepository, nearestNames } from '../access/named-repository.ts'
import { EVERY_REPOSITORY, type RepositoryScope } from '../access/repository-scope.ts'
import { Fault, type FaultCode } from '../errors.ts'
import { type GitUrl, gitUrlText, isGitUrl, isSamePath, isSameRepository, isWithin, parseGitUrl } from '../git-url.ts'
import type { Database } from '../store/database.ts'
import { enqueueJob, type JobRow, jobById, lastIndexJobs, recentJobs } from '../store/jobs.ts'
import { firstLeftOut, type LeftOutRow, leftOutAfter } from '../store/left-out.ts'
import { hideRepository, liveRepositories, makeDue, type RepositoryRow, repositoryOf } from '../store/repositories.ts'
import { embeddedCounts } from '../store/segment-vectors.ts'
import { makeSourcesDue, repositoriesListedAs, sourceListing, sourceRows } from '../store/sources.ts'
import type { Catalogue, LeftOutPath, Push, RepositorySummary, Source } from './contract.ts'
import { type GitUser, gitUser } from './files/git-config.ts'
import { absolutePath, allowedFolder, realPath } from './folder.ts'
import { toJob } from './job.ts'
import { registeredFolder, registeredUrl } from './registration.ts'

export interface CatalogueParts {
  readonly database: Database
  /** Folders that may be indexed, with all subfolders. */
  readonly roots: readonly string[]
  /** URL prefixes of repositories that may be indexed. */
  readonly allowedUrls?: readonly string[]
  /** Full name of the embedding model in use. Undefined if embeddings are turned off. */
  readonly model?: string
  /** Name of the package's model, if it is in use. */
  readonly ownModel?: string
  /** Where this user's git settings are. */
  readonly user?: GitUser
  /** Called when there is work to do. */
  readonly onChange: () => void
}

const JOBS_SHOWN = 50
const LEFT_OUT_A_PAGE = 100
const LEFT_OUT_SHOWN = 20
/** For all repositories together, unless there are more repositories. */
const LEFT_OUT_SHOWN_IN_ALL = 200

export function makeCatalogue(parts: CatalogueParts): Catalogue {
  const { database, roots, allowedUrls = [], user = gitUser(), onChange, ...models } = parts
  const registered = async (given: Source, scope: RepositoryScope): Promise<{ id: number; path?: string }> => {
    const source = await sourceNamed(database, given, scope)
    if (!scope.isEverything) return { id: await knownRepository(database, source, scope) }
    const { path, url, name } = source
    if (url === undefined) return registeredFolder(database, await folderAt(pathOf(path), scope), user)
    const parsed = parseGitUrl(url)
    const allowed = scope.takesAnySource ? parsed : await allowedUrl(database, parsed, allowedUrls)
    return { id: await registeredUrl(database, allowed, name) }
  }
  /** An indexed folder that can no longer be indexed still gets a run, which reports that to everyone. */
  const folderAt = async (path: string, { takesAnySource }: RepositoryScope) => {
    try {
      return await allowedFolder(path, takesAnySource ? [parse(path).root] : roots)
    } catch (error) {
      const known = await repositoryOf(database, (await realPath(path)).path)
      if (known !== undefined && !(error instanceof Fault && error.code === 'path_not_allowed')) {
        await enqueueJob(database, known, 'index')
        onChange()
      }
      throw error
    }
  }
  const index: Catalogue['index'] = async ({ force, ...source }, scope) => {
    const { id, path } = await registered(source, scope)
    const job = await enqueueJob(database, id, 'index', { force })
    onChange()
    return { ...toJob(job), ...(path !== undefined && { path }) }
  }
  return {
    list: (scope) => listRepositories(database, models, scope),
    async leftOut(name, after, scope) {
      const [exact] = await liveRepositories(database, scope, name)
      const { id, name: repository } = exact ?? namedRepository(name, await liveRepositories(database, scope))
      const rows = await leftOutAfter(database, id, after, LEFT_OUT_A_PAGE + 1)
      const paths = rows.slice(0, LEFT_OUT_A_PAGE).map(toLeftOutPath)
      return { repository, paths, ...(rows.length > paths.length && { next: paths.at(-1)?.path }) }
    },
    index,
    async follow(source, scope) {
      const url = source.url === undefined ? undefined : gitUrlText(parseGitUrl(source.url))
      const known = url === undefined ? undefined : await repositoryOf(database, url)
      if (known === undefined) return index(source, scope)
      await makeDue(database, known)
      return undefined
    },
    async pushed(push) {
      const addresses = push.urls.flatMap(addressesIn)
      const repositories = await liveRepositories(database, EVERY_REPOSITORY)
      const at = repositories.filter(({ source }) => isAt(addresses, source))
      const named = at.length > 0 ? at : await numbered(database, push, addresses)
      const jobs = []
      for (const { id } of named.filter(({ source }) => isOf(push, source))) {
        // A run in progress may have asked for the latest commit before the push.
        await makeDue(database, id)
        jobs.push(toJob(await enqueueJob(database, id, 'index')))
      }
      if (jobs.length > 0) onChange()
      if (named.length === 0) await makeSourcesDue(database, addresses)
      return jobs
    },
    listAgain: () => makeSourcesDue(database),
    sources: async ({ isEverything }) => (isEverything ? sourceRows(database) : []),
    async remove(name, scope) {
      const listedBy = scope.allows(name) ? await sourceListing(database, name) : undefined
      if (listedBy !== undefined) throw stillListed(name, listedBy)
      const hidden = scope.allows(name) ? await hideRepository(database, name) : undefined
      if (hidden === undefined) throw await unknownRepository(database, name, scope)
      onChange()
    },
    async job(id, scope) {
      const row = await jobById(database, scope, id)
      if (row !== undefined) return toJob(row)
      throw new Fault(
        'job_unknown',
        `There is no job ${JSON.stringify(id)}`,
        'Use the job_id that index_repository gave',
      )
    },
    jobs: async (scope) => (await recentJobs(database, scope, JOBS_SHOWN)).map(toJob),
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

/** Returns nothing for addresses that nobody could have requested. */
function addressesIn(url: string): string[] {
  try {
    return [parseGitUrl(url).address]
  } catch (error) {
    if (error instanceof Fault) return []
    throw error
  }
}

/** Whether a push changes the branch or tag that is indexed. */
function isOf({ ref, defaultBranch }: Push, source: string): boolean {
  const { branch = defaultBranch } = parseGitUrl(source)
  return branch === undefined || [`refs/heads/${branch}`, `refs/tags/${branch}`].includes(ref)
}

const isAt = (addresses: readonly string[], source: string) =>
  isGitUrl(source) && addresses.some((each) => isSameRepository(parseGitUrl(source).address, each))

/**
 * Returns the repositories of sources that have the push's number and path. The address that a server believes to have
 * often differs from the one by which it is reached.
 */
async function numbered(database: Database, { id }: Push, addresses: readonly string[]) {
  const listed = id === undefined ? [] : await repositoriesListedAs(database, id)
  return listed.filter(({ source }) => addresses.some((each) => isSamePath(parseGitUrl(source).address, each)))
}

async function listRepositories(
  database: Database,
  { model, ownModel = model }: Pick<CatalogueParts, 'model' | 'ownModel'>,
  scope: RepositoryScope,
): Promise<RepositorySummary[]> {
  const [repositories, lastJobs] = await Promise.all([
    liveRepositories(database, scope),
    lastIndexJobs(database, scope),
  ])
  const jobs = new Map(lastJobs.map((job) => [job.repositoryId, job]))
  const limit = Math.min(LEFT_OUT_SHOWN, Math.ceil(LEFT_OUT_SHOWN_IN_ALL / Math.max(1, repositories.length)))
  const ids = repositories.map(({ id }) => id)
  const countsOf = async (name: string | undefined) => {
    const counts = name === undefined ? [] : await embeddedCounts(database, name, repositories)
    return new Map(counts.map(({ repositoryId, embedded }) => [repositoryId, embedded]))
  }
  const counting = countsOf(model)
  const [embedded, byOwn, leftOut] = await Promise.all([
    counting,
    ownModel === model ? counting : countsOf(ownModel),
    firstLeftOut(database, ids, limit),
  ])
  return repositories.map(({ id, ...repository }) => ({
    ...summary(repository, jobs.get(id)),
    embedded: embedded.get(id) ?? 0,
    byMeaning: Math.max(embedded.get(id) ?? 0, byOwn.get(id) ?? 0),
    leftOut: (leftOut.get(id) ?? []).map(toLeftOutPath),
  }))
}

function summary(
  { generation, source, isIndexing: _isIndexing, fault: _fault, ...repository }: Omit<RepositoryRow, 'id'>,
  job: JobRow | undefined,
): Omit<RepositorySummary, 'leftOut' | 'embedded' | 'byMeaning'> {
  return {
    ...repository,
    ...sourceFields(source),
    state: stateOf(generation, job),
    ...(job?.fault === undefined ? {} : { fault: job.fault }),
  }
}

function toLeftOutPath({ path, reason, detail }: LeftOutRow): LeftOutPath {
  return { path, reason, ...(detail === undefined ? {} : { detail }) }
}

function sourceFields(source: string): Pick<RepositorySummary, 'source' | 'branch'> {
  if (!isGitUrl(source)) return { source }
  const { address, branch } = parseGitUrl(source)
  return { source: address, ...(branch === undefined ? {} : { branch }) }
}

function stateOf(generation: number, job: JobRow | undefined): RepositorySummary['state'] {
  const isOpen = job?.state === 'queued' || job?.state === 'running'
  if (isOpen && !job.ofChanges) return 'indexing'
  if (job?.state === 'failed') return 'failed'
  return generation === 0 ? 'empty' : 'ready'
}

function stillListed(name: string, source: string): Fault {
  return new Fault(
    'repository_listed',
    `${name} is one of the repositories of ${source}, whose next listing would add it again`,
    'Add it to the exclude list of that source in GIT_SOURCES and restart the server, which then removes it',
  )
}

async function unknownRepository(database: Database, name: string, scope: RepositoryScope): Promise<Fault> {
  const names = (await liveRepositories(database, scope)).map((repository) => repository.name)
  return new Fault(
    'repository_unknown',
    `There is no repository ${JSON.stringify(name)}`,
    names.length === 0 ? 'None is indexed yet' : `Use one of: ${nearestNames(name, names).join(', ')}`,
  )
}
