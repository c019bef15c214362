import { namedRepository } from '../access/named-repository.ts'
import type { RepositoryScope } from '../access/repository-scope.ts'
import { isGitUrl, parseGitUrl } from '../git-url.ts'
import type { Database } from '../store/database.ts'
import { type JobRow, lastIndexJobs } from '../store/jobs.ts'
import { firstLeftOut, type LeftOutRow, leftOutAfter } from '../store/left-out.ts'
import { liveRepositories, type RepositoryRow } from '../store/repositories.ts'
import { embeddedCounts } from '../store/segment-vectors.ts'
import type { LeftOutPage, LeftOutPath, RepositorySummary } from './contract.ts'

const LEFT_OUT_A_PAGE = 100
const LEFT_OUT_SHOWN = 20
/** For all repositories together, unless there are more repositories. */
const LEFT_OUT_SHOWN_IN_ALL = 200

/** Embedding models in use. */
export interface ModelsInUse {
  /** Full name of the configured model. Undefined if embeddings are turned off. */
  readonly model?: string
  /** Name of the package's model, if it is in use. */
  readonly ownModel?: string
}

/** Describes the repositories of a scope. */
export async function listRepositories(
  database: Database,
  { model, ownModel = model }: ModelsInUse,
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

/**
 * Returns a page of what the index of a repository leaves out.
 * @param after path after which the page begins
 * @throws Fault `repository_unknown`
 */
export async function leftOutPage(
  database: Database,
  name: string,
  after: string,
  scope: RepositoryScope,
): Promise<LeftOutPage> {
  const [exact] = await liveRepositories(database, scope, name)
  const { id, name: repository } = exact ?? namedRepository(name, await liveRepositories(database, scope))
  const rows = await leftOutAfter(database, id, after, LEFT_OUT_A_PAGE + 1)
  const paths = rows.slice(0, LEFT_OUT_A_PAGE).map(toLeftOutPath)
  return { repository, paths, ...(rows.length > paths.length && { next: paths.at(-1)?.path }) }
}
