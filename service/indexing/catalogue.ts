import { Fault } from '../errors.ts'
import { type GitUrl, gitUrlText, isGitUrl, isSameRepository, isWithin, parseGitUrl } from '../git-url.ts'
import type { Database } from '../store/database.ts'
import { embeddedCounts } from '../store/embeddings.ts'
import { enqueueJob, type JobRow, jobById, lastIndexJobs, recentJobs } from '../store/jobs.ts'
import { hideRepository, liveRepositories, makeDue, type RepositoryRow, repositoryOf } from '../store/repositories.ts'
import type { Catalogue, Push, RepositorySummary, Source } from './contract.ts'
import { allowedFolder } from './folder.ts'
import { toJob } from './job.ts'
import { registeredFolder, registeredUrl } from './registration.ts'

export interface CatalogueParts {
  readonly database: Database
  /** Folders that may be indexed, with all inside them. */
  readonly roots: readonly string[]
  /** URLs inside of which any repository may be indexed. */
  readonly allowedUrls?: readonly string[]
  /** The embedding model in use, by its full name; absent where embeddings are switched off. */
  readonly model?: string
  /** Hears that there is something to do. */
  readonly onChange: () => void
}

const JOBS_SHOWN = 50

export function makeCatalogue({ database, roots, allowedUrls = [], model, onChange }: CatalogueParts): Catalogue {
  const registered = async ({ path, url, name }: Source) => {
    if (url === undefined) return registeredFolder(database, await allowedFolder(pathOf(path), roots))
    return registeredUrl(database, await allowedUrl(database, parseGitUrl(url), allowedUrls), name)
  }
  return {
    list: () => listRepositories(database, model),
    async index(source, force) {
      const job = await enqueueJob(database, await registered(source), 'index', force)
      onChange()
      return toJob(job)
    },
    async pushed(push) {
      const addresses = push.urls.flatMap(addressesIn)
      const repositories = await liveRepositories(database)
      const meant = repositories.filter(({ source }) => isGitUrl(source) && isPushTo(push, addresses, source))
      const jobs = []
      for (const { id } of meant) {
        // A run under way may have asked for the newest commit before there was this one.
        await makeDue(database, id)
        jobs.push(toJob(await enqueueJob(database, id, 'index', false)))
      }
      if (jobs.length > 0) onChange()
      return jobs
    },
    async remove(name) {
      if ((await hideRepository(database, name)) === undefined) throw await unknownRepository(database, name)
      onChange()
    },
    async job(id) {
      const row = await jobById(database, id)
      if (row !== undefined) return toJob(row)
      throw new Fault(
        'job_unknown',
        `There is no job ${JSON.stringify(id)}`,
        'Use the job_id that index_repository gave',
      )
    },
    jobs: async () => (await recentJobs(database, JOBS_SHOWN)).map(toJob),
  }
}

function pathOf(path: string | undefined): string {
  if (path !== undefined && path !== '') return path
  throw new Fault('request_invalid', 'The path of the folder to index is missing', 'Give path, or url')
}

/** What is indexed already may be asked for again. */
async function allowedUrl(database: Database, url: GitUrl, allowed: readonly string[]): Promise<GitUrl> {
  if (allowed.some((prefix) => isWithin(url.address, prefix))) return url
  if ((await repositoryOf(database, gitUrlText(url))) !== undefined) return url
  throw new Fault(
    'url_not_allowed',
    `${gitUrlText(url)} is none of the URLs that may be indexed`,
    'Ask whoever runs the server to add it, or what it begins with, to GIT_ALLOWED_URLS',
  )
}

/** None where a server has an address for what nobody could have asked for. */
function addressesIn(url: string): string[] {
  try {
    return [parseGitUrl(url).address]
  } catch (error) {
    if (error instanceof Fault) return []
    throw error
  }
}

function isPushTo({ ref, defaultBranch }: Push, addresses: readonly string[], source: string): boolean {
  const { address, branch = defaultBranch } = parseGitUrl(source)
  const isBranch = branch === undefined || [`refs/heads/${branch}`, `refs/tags/${branch}`].includes(ref)
  return isBranch && addresses.some((each) => isSameRepository(address, each))
}

async function listRepositories(database: Database, model: string | undefined): Promise<RepositorySummary[]> {
  const repositories = await liveRepositories(database)
  const jobs = new Map((await lastIndexJobs(database)).map((job) => [job.repositoryId, job]))
  const counts = model === undefined ? [] : await embeddedCounts(database, model, repositories)
  const embedded = new Map(counts.map((count) => [count.repositoryId, count.embedded]))
  return repositories.map(({ id, ...repository }) => summary(repository, jobs.get(id), embedded.get(id) ?? 0))
}

function summary(
  { generation, source, ...repository }: Omit<RepositoryRow, 'id'>,
  job: JobRow | undefined,
  embedded: number,
): RepositorySummary {
  return {
    ...repository,
    ...sourceFields(source),
    embedded,
    state: stateOf(generation, job),
    ...(job?.fault === undefined ? {} : { fault: job.fault }),
  }
}

function sourceFields(source: string): Pick<RepositorySummary, 'source' | 'branch'> {
  if (!isGitUrl(source)) return { source }
  const { address, branch } = parseGitUrl(source)
  return { source: address, ...(branch === undefined ? {} : { branch }) }
}

function stateOf(generation: number, job: JobRow | undefined): RepositorySummary['state'] {
  if (job?.state === 'queued' || job?.state === 'running') return 'indexing'
  if (job?.state === 'failed') return 'failed'
  return generation === 0 ? 'empty' : 'ready'
}

async function unknownRepository(database: Database, name: string): Promise<Fault> {
  const names = (await liveRepositories(database)).map((repository) => repository.name)
  return new Fault(
    'repository_unknown',
    `There is no repository ${JSON.stringify(name)}`,
    names.length === 0 ? 'None is indexed yet' : `Use one of: ${names.join(', ')}`,
  )
}
