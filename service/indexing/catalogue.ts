import { unknownRepository } from '../access/named-repository.ts'
import type { RepositoryScope } from '../access/repository-scope.ts'
import { Fault } from '../errors.ts'
import { gitUrlText, parseGitUrl } from '../git-url.ts'
import type { Database } from '../store/database.ts'
import { enqueueJob, jobById, recentJobs } from '../store/jobs.ts'
import { hideRepository, liveRepositories, makeDue, repositoryOf } from '../store/repositories.ts'
import { makeSourcesDue, sourceListing, sourceRows } from '../store/sources.ts'
import type { Catalogue } from './contract.ts'
import { toJob } from './job.ts'
import { jobsOfPush } from './pushes.ts'
import { leftOutPage, listRepositories, type ModelsInUse } from './repository-list.ts'
import { type RequestParts, requestedSource } from './requested-source.ts'

/** The database, what may be indexed, and the models in use. */
export type CatalogueParts = RequestParts & ModelsInUse

const JOBS_SHOWN = 50

/** Creates the catalogue of what is indexed, on a database. */
export function makeCatalogue(parts: CatalogueParts): Catalogue {
  const { database, onChange } = parts
  const index: Catalogue['index'] = async ({ force, ...source }, scope) => {
    const { id, path } = await requestedSource(parts, source, scope)
    const job = await enqueueJob(database, id, 'index', { force })
    onChange()
    return { ...toJob(job), ...(path !== undefined && { path }) }
  }
  return {
    list: (scope) => listRepositories(database, parts, scope),
    leftOut: (name, after, scope) => leftOutPage(database, name, after, scope),
    index,
    async follow(source, scope) {
      const url = source.url === undefined ? undefined : gitUrlText(parseGitUrl(source.url))
      const known = url === undefined ? undefined : await repositoryOf(database, url)
      if (known === undefined) return index(source, scope)
      await makeDue(database, known)
      return undefined
    },
    async pushed(push) {
      const jobs = await jobsOfPush(database, push)
      if (jobs.length > 0) onChange()
      return jobs
    },
    listAgain: () => makeSourcesDue(database),
    sources: async ({ isEverything }) => (isEverything ? sourceRows(database) : []),
    async remove(name, scope) {
      await removeRepository(database, name, scope)
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

async function removeRepository(database: Database, name: string, scope: RepositoryScope): Promise<void> {
  const listedBy = scope.allows(name) ? await sourceListing(database, name) : undefined
  if (listedBy !== undefined) throw stillListed(name, listedBy)
  const hidden = scope.allows(name) ? await hideRepository(database, name) : undefined
  if (hidden === undefined) throw unknownRepository(name, await liveRepositories(database, scope))
}

function stillListed(name: string, source: string): Fault {
  return new Fault(
    'repository_listed',
    `${name} is one of the repositories of ${source}, whose next listing would add it again`,
    'Add it to the exclude list of that source in GIT_SOURCES and restart the server, which then removes it',
  )
}
