import { setTimeout as delay } from 'node:timers/promises'
import { CALL_DEADLINE_MS, inTime } from '../deadline.ts'
import { MINUTE, SECOND } from '../units.ts'
import type { Catalogue, Job, RepositorySummary } from './contract.ts'

interface KeptListLimits {
  /** How long the database may take before the previous list is returned. */
  readonly patienceMs: number
  /** Maximum age of that list. */
  readonly goodMs: number
  /** Age at which it is read again while jobs are running. */
  readonly renewMs: number
  /** How long after the last request for it that continues. */
  readonly wantedMs: number
  /** Maximum number of scopes with a cached list. */
  readonly scopes: number
}

const LIMITS: KeptListLimits = {
  patienceMs: 5,
  goodMs: 5 * SECOND,
  renewMs: SECOND,
  wantedMs: 10 * MINUTE,
  scopes: 32,
}

/** The cached list of a scope. */
interface KeptList {
  readonly scope: Parameters<Catalogue['list']>[0]
  askedAt: number
  read?: { readonly repositories: RepositorySummary[]; readonly begunAt: number }
  /** The latest reading in progress. */
  reading?: Promise<RepositorySummary[]>
}

/** A catalogue that lists repositories while the database is busy storing. */
interface CatalogueWithKeptList extends Catalogue {
  /**
   * Reports a job's progress or end. Resolves once no list from before the job's end is returned, so that whoever
   * learns of the end also finds its result.
   */
  jobChanged(job: Pick<Job, 'finishedAt'>): Promise<void>
}

/**
 * Asks the database each time. If that takes long, returns the previous list, which is seconds old at most and never
 * older than what this catalogue did or reported. While jobs run, the lists that callers request are renewed in the
 * background, so that nobody waits for the database.
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
      // The waiting callers get the error.
      () => {
        if (isNewest()) delete list.reading
      },
    )
    return reading
  }
  /** Reads all lists again. Forgets those that fail, or that nobody has requested lately. */
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
  /** Later requests wait for what this changes. */
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
