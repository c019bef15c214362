import { INDEX_FORMAT } from '../lexical/index-format.ts'
import type { Database } from '../store/database.ts'
import { enqueueJob } from '../store/jobs.ts'
import { indexVersions } from '../store/repositories.ts'
import { rulesVersion, type ShownHere } from './secrets/shown-here.ts'

/** Returns the version of an index apart from its texts. If it changes, all texts must be analysed again. */
export function indexVersion(shown: ShownHere): string {
  return `${INDEX_FORMAT}:${rulesVersion(shown)}`
}

/** Requests a run of each repository whose index has an outdated version. */
export async function indexOutdated(database: Database, versionOf: (repository: string) => string): Promise<void> {
  for (const { id, name, version } of await indexVersions(database)) {
    if (version !== versionOf(name)) await enqueueJob(database, id, 'index')
  }
}
