import { setTimeout as delay } from 'node:timers/promises'
import { CALL_DEADLINE_MS, inTime } from '../deadline.ts'
import { MINUTE, SECOND } from '../units.ts'
import type { Catalogue, Job, RepositorySummary } from './contract.ts'

interface KeptListLimits {
  /** How long the database has to answer before what was read last is given. */
  readonly patienceMs: number
  /** How old that may be. */
  readonly goodMs: number
  /** How old it is when it is read again while jobs are under way. */
  readonly renewMs: number
  /** How long after it was last asked for. */
  readonly wantedMs: number
  /** Of how many different scopes lists are kept. */
  readonly scopes: number
}

const LIMITS: KeptListLimits = {
  patienceMs: 5,
  goodMs: 5 * SECOND,
  renewMs: SECOND,
  wantedMs: 10 * MINUTE,
  scopes: 32,
}

/** What is known of the list of a scope. */
interface KeptList {
  readonly scope: Parameters<Catalogue['list']>[0]
  askedAt: number
  read?: { readonly repositories: RepositorySummary[]; readonly begunAt: number }
  /** The newest reading that is under way. */
  reading?: Promise<RepositorySummary[]>
}

/** A catalogue whose list answers while the database is busy storing. */
interface CatalogueWithKeptList extends Catalogue {
  /**
   * Hears of jobs, of their progress and of their ends. Resolves once no list is given any more from before the end of the
   * job, so that whoever is told of it then finds what it did.
   */
  jobChanged(job: Pick<Job, 'finishedAt'>): Promise<void>
}

/**
 * Asks the database each time; where that takes long, the list is the one read last, which is seconds old at most and not
 * from before anything that this catalogue did or told. While jobs are under way the lists that somebody asks for are kept
 * new, so that nobody waits for the database.
 */
export function withKeptList(catalogue: Catalogue, limits: Partial<KeptListLimits> = {}): CatalogueWithKeptList {
  const { patienceMs, goodMs, renewMs, wantedMs, scopes } = { ...LIMITS, ...limits }
  const kept = new Map<string, KeptList>()
  let newestEnd = 0
  let renewing = Promise.resolve()

  const read = (list: KeptList): Promise<RepositorySummary[]> => {
    const begunAt = performance.now()
    const reading = inTime(CALL_DEADLINE_MS, () => catalogue.list(list.scope))
    list.reading = reading
    const isNewest = () => list.reading === reading
    reading.then(
      (repositories) => {
        if (!isNewest()) return
        delete list.reading
        list.read = { repositories, begunAt }
      },
      // Whoever waits for it hears of it.
      () => {
        if (isNewest()) delete list.reading
      },
    )
    return reading
  }
  /** Reads all lists anew; one that cannot be read, or that nobody has asked for lately, is forgotten. */
  const renew = async () => {
    const now = performance.now()
    for (const [key, { askedAt }] of kept) if (now - askedAt > wantedMs) kept.delete(key)
    await Promise.all(
      Array.from(kept.values(), (list) =>
        read(list).catch(() => {
          delete list.read
        }),
      ),
    )
  }
  const progressed = () => {
    const now = performance.now()
    for (const list of kept.values()) {
      const isNew = list.read !== undefined && now - list.read.begunAt < renewMs
      if (isNew || list.reading !== undefined || now - list.askedAt > wantedMs) continue
      read(list).catch(() => undefined)
    }
  }
  const jobChanged = async ({ finishedAt }: Pick<Job, 'finishedAt'>) => {
    if (finishedAt === undefined) return progressed()
    if (finishedAt.getTime() > newestEnd) {
      newestEnd = finishedAt.getTime()
      renewing = renew()
    }
    await renewing
  }
  /** Whoever asks after that waits for what it has changed. */
  const afterwards = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work
    } finally {
      void renew()
      for (const list of kept.values()) delete list.read
    }
  }
  const keptFor = (scope: KeptList['scope']): KeptList => {
    const list = kept.get(scope.pattern) ?? { scope, askedAt: 0 }
    list.askedAt = performance.now()
    kept.delete(scope.pattern)
    kept.set(scope.pattern, list)
    for (const oldest of kept.keys()) if (kept.size > scopes) kept.delete(oldest)
    return list
  }

  return {
    ...catalogue,
    jobChanged,
    list: async (scope) => {
      const list = keptFor(scope)
      const reading = list.reading ?? read(list)
      if (list.read === undefined || performance.now() - list.read.begunAt > goodMs) return reading
      const waiting = new AbortController()
      const late = delay(patienceMs, list.read.repositories, { signal: waiting.signal })
      late.catch(() => undefined)
      return Promise.race([reading, late]).finally(() => waiting.abort())
    },
    index: (...request) => afterwards(catalogue.index(...request)),
    remove: (...request) => afterwards(catalogue.remove(...request)),
    pushed: (...request) => afterwards(catalogue.pushed(...request)),
    job: async (...request) => {
      const job = await catalogue.job(...request)
      if (job.finishedAt !== undefined) await jobChanged(job)
      return job
    },
    jobs: async (...request) => {
      const jobs = await catalogue.jobs(...request)
      await Promise.all(jobs.filter(({ finishedAt }) => finishedAt !== undefined).map(jobChanged))
      return jobs
    },
  }
}
