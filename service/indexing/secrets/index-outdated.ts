import type { Database } from '../../store/database.ts'
import { enqueueJob } from '../../store/jobs.ts'
import { secretRulesOfAll } from '../../store/repositories.ts'
import { NO_RULES } from './shown-here.ts'

/** Asks for a run of each repository whose secrets are masked by other rules than those of now. */
export async function indexOutdated(database: Database, secretRules: (repository: string) => string): Promise<void> {
  for (const { id, name, secretRules: known } of await secretRulesOfAll(database)) {
    if ((known ?? NO_RULES) !== secretRules(name)) await enqueueJob(database, id, 'index', false)
  }
}
