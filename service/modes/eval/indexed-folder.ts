import { setTimeout as delay } from 'node:timers/promises'
import { EVERY_REPOSITORY } from '../../access/repository-scope.ts'
import type { Config } from '../../config.ts'
import type { Log } from '../../log.ts'
import { openService } from '../../open.ts'
import type { SearchEngine } from '../../search/contract.ts'
import { MINUTE } from '../../units.ts'
import type { Closers } from '../closers.ts'
import { JobEnds, refuseIfAllFailed } from '../job-ends.ts'

const LOOK_EVERY_MS = 200

/**
 * Indexes the folder with all vectors into a database in memory. All other settings apply.
 * @throws Fault if it cannot be indexed
 */
export async function indexFolder(
  { config, log }: { readonly config: Config; readonly log: Log },
  folder: string,
  closers: Closers,
): Promise<SearchEngine> {
  const settings: Config = {
    ...config,
    database: { kind: 'embedded', folder: 'memory://' },
    migrateAtStart: true,
    repositories: [],
    repositoryRoots: [folder],
    indexing: { ...config.indexing, concurrency: Math.max(1, config.indexing.concurrency) },
  }
  const { catalogue, search, startWorker } = await openService(settings, log, closers)
  const ends = new JobEnds()
  startWorker((job) => ends.tell(job))
  const { id } = await catalogue.index({ path: folder }, EVERY_REPOSITORY)
  refuseIfAllFailed([await ends.of(id)])
  let last = -1
  let since = performance.now()
  for (;;) {
    const [repository] = await catalogue.list(EVERY_REPOSITORY)
    if (repository === undefined || repository.embedded >= repository.chunks) return search
    if (repository.embedded > last) since = performance.now()
    else if (performance.now() - since > MINUTE) return search
    last = repository.embedded
    await delay(LOOK_EVERY_MS)
  }
}
