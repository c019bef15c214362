import { EVERY_REPOSITORY } from '../access/repository-scope.ts'
import { Fault } from '../errors.ts'
import { isGitUrl, isSamePath, isSameRepository, parseGitUrl } from '../git-url.ts'
import type { Database } from '../store/database.ts'
import { enqueueJob } from '../store/jobs.ts'
import { liveRepositories, makeDue } from '../store/repositories.ts'
import { makeSourcesDue, repositoriesListedAs } from '../store/sources.ts'
import type { Job, Push } from './contract.ts'
import { toJob } from './job.ts'

/** Requests a run of each repository that a push changes. If it is of none, has the sources listed again. */
export async function jobsOfPush(database: Database, push: Push): Promise<Job[]> {
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
  if (named.length === 0) await makeSourcesDue(database, addresses)
  return jobs
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
