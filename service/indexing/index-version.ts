import { INDEX_FORMAT } from '../lexical/index-format.ts'
import type { Database } from '../store/database.ts'
import { enqueueJob } from '../store/jobs.ts'
import { indexVersions } from '../store/repositories.ts'
import { rulesVersion, type ShownHere } from './secrets/shown-here.ts'

/** By what an index is made, besides the texts. Where it is another than before, all texts have to be looked at again. */
export function indexVersion(shown: ShownHere): string {
  return `${INDEX_FORMAT}:${rulesVersion(shown)}`
}

/** Asks for a run of each repository whose index is of another version than it would be of now. */
export async function indexOutdated(database: Database, versionOf: (repository: string) => string): Promise<void> {
  for (const { id, name, version } of await indexVersions(database)) {
    if (version !== versionOf(name)) await enqueueJob(database, id, 'index', false)
  }
}
