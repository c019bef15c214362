import { Fault } from '../errors.ts'
import type { Database } from '../store/database.ts'
import { embeddedCounts } from '../store/embeddings.ts'
import { enqueueJob, type JobRow, jobById, lastIndexJobs, recentJobs } from '../store/jobs.ts'
import { hideRepository, liveRepositories, type RepositoryRow } from '../store/repositories.ts'
import type { Catalogue, RepositorySummary } from './contract.ts'
import { allowedFolder } from './folder.ts'
import { toJob } from './job.ts'
import { registeredRepository } from './registration.ts'

export interface CatalogueParts {
  readonly database: Database
  /** Folders that may be indexed, with all inside them. */
  readonly roots: readonly string[]
  /** The embedding model in use, by its full name; absent where embeddings are switched off. */
  readonly model?: string
  /** Hears that there is something to do. */
  readonly onChange: () => void
}

const JOBS_SHOWN = 50

export function makeCatalogue({ database, roots, model, onChange }: CatalogueParts): Catalogue {
  return {
    list: () => listRepositories(database, model),
    async index(source, force) {
      const folder = await allowedFolder(pathOf(source), roots)
      const id = await registeredRepository(database, folder)
      const job = await enqueueJob(database, id, 'index', force)
      onChange()
      return toJob(job)
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

function pathOf({ path, url }: { readonly path?: string; readonly url?: string }): string {
  if (url !== undefined) {
    throw new Fault(
      'source_unsupported',
      `The source ${JSON.stringify(withoutPassword(url))} is a URL; only folders can be indexed`,
      'Clone it and give the path of the folder',
    )
  }
  if (path !== undefined && path !== '') return path
  throw new Fault('request_invalid', 'The path of the folder to index is missing', 'Give path')
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//')
}

async function listRepositories(database: Database, model: string | undefined): Promise<RepositorySummary[]> {
  const repositories = await liveRepositories(database)
  const jobs = new Map((await lastIndexJobs(database)).map((job) => [job.repositoryId, job]))
  const counts = model === undefined ? [] : await embeddedCounts(database, model, repositories)
  const embedded = new Map(counts.map((count) => [count.repositoryId, count.embedded]))
  return repositories.map(({ id, ...repository }) => summary(repository, jobs.get(id), embedded.get(id) ?? 0))
}

function summary(
  { generation, ...repository }: Omit<RepositoryRow, 'id'>,
  job: JobRow | undefined,
  embedded: number,
): RepositorySummary {
  return {
    ...repository,
    embedded,
    state: stateOf(generation, job),
    ...(job?.fault === undefined ? {} : { fault: job.fault }),
  }
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
