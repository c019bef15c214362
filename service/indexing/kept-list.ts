import { setTimeout as delay } from 'node:timers/promises'
import { CALL_DEADLINE_MS, inTime } from '../deadline.ts'
import { SECOND } from '../units.ts'
import type { Catalogue, Job, RepositorySummary } from './contract.ts'

interface KeptListLimits {
  /** How long the database has to answer before what was read last is given. */
  readonly patienceMs: number
  /** How old that may be. */
  readonly goodMs: number
  /** Of how many different scopes lists are kept. */
  readonly scopes: number
}

const LIMITS: KeptListLimits = { patienceMs: 20, goodMs: 2 * SECOND, scopes: 32 }

interface KeptList {
  readonly repositories: RepositorySummary[]
  readonly begunAt: number
}

/** A catalogue whose list answers while the database is busy storing. */
interface CatalogueWithKeptList extends Catalogue {
  /** Hears of jobs that have changed what there is: what was read before they ended is given to nobody. */
  jobChanged(job: Pick<Job, 'finishedAt'>): void
}

/**
 * Asks the database each time; where that takes long, the list is the one read last, which is seconds old at most and not
 * from before anything that this catalogue did or told.
 */
export function withKeptList(catalogue: Catalogue, limits: Partial<KeptListLimits> = {}): CatalogueWithKeptList {
  const { patienceMs, goodMs, scopes } = { ...LIMITS, ...limits }
  const kept = new Map<string, KeptList>()
  const pending = new Map<string, Promise<RepositorySummary[]>>()
  let newestEnd = 0

  const forget = () => {
    kept.clear()
    pending.clear()
  }
  const jobChanged = ({ finishedAt }: Pick<Job, 'finishedAt'>) => {
    if (finishedAt === undefined || finishedAt.getTime() <= newestEnd) return
    newestEnd = finishedAt.getTime()
    forget()
  }
  const afterwards = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work
    } finally {
      forget()
    }
  }
  const read: Catalogue['list'] = (scope) => {
    const begunAt = performance.now()
    const reading = inTime(CALL_DEADLINE_MS, () => catalogue.list(scope))
    pending.set(scope.pattern, reading)
    const isNewest = () => pending.get(scope.pattern) === reading
    reading.then(
      (repositories) => {
        if (!isNewest()) return
        pending.delete(scope.pattern)
        kept.delete(scope.pattern)
        kept.set(scope.pattern, { repositories, begunAt })
        for (const oldest of kept.keys()) if (kept.size > scopes) kept.delete(oldest)
      },
      // Whoever waits for it hears of it.
      () => {
        if (isNewest()) pending.delete(scope.pattern)
      },
    )
    return reading
  }

  return {
    ...catalogue,
    jobChanged,
    list: async (scope) => {
      const known = kept.get(scope.pattern)
      const reading = pending.get(scope.pattern) ?? read(scope)
      if (known === undefined || performance.now() - known.begunAt > goodMs) return reading
      const waiting = new AbortController()
      const late = delay(patienceMs, known.repositories, { signal: waiting.signal })
      late.catch(() => undefined)
      return Promise.race([reading, late]).finally(() => waiting.abort())
    },
    index: (...request) => afterwards(catalogue.index(...request)),
    remove: (...request) => afterwards(catalogue.remove(...request)),
    pushed: (...request) => afterwards(catalogue.pushed(...request)),
    job: async (...request) => {
      const job = await catalogue.job(...request)
      jobChanged(job)
      return job
    },
    jobs: async (...request) => {
      const jobs = await catalogue.jobs(...request)
      jobs.forEach(jobChanged)
      return jobs
    },
  }
}
