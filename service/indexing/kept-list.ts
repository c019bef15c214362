import { setTimeout as delay } from 'node:timers/promises'
import type { RepositoryScope } from '../access/repository-scope.ts'
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
  /** How long after the last request it is still read again. */
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
class KeptList {
  requestedAt = 0
  readonly #load: () => Promise<RepositorySummary[]>
  #latest: { readonly repositories: RepositorySummary[]; readonly begunAt: number } | undefined
  #loading: Promise<RepositorySummary[]> | undefined

  constructor(load: () => Promise<RepositorySummary[]>) {
    this.#load = load
  }

  /** Returns the database's list, or the previous one if that takes longer than `patienceMs`. */
  get({ patienceMs, goodMs }: KeptListLimits): Promise<RepositorySummary[]> {
    this.requestedAt = performance.now()
    const loading = this.#loading ?? this.load()
    if (this.#latest === undefined || this.requestedAt - this.#latest.begunAt > goodMs) return loading
    const waiting = new AbortController()
    const late = delay(patienceMs, this.#latest.repositories, { signal: waiting.signal })
    late.catch(() => undefined)
    return Promise.race([loading, late]).finally(() => waiting.abort())
  }

  /** Asks the database. The answer is kept unless another request for it has begun. */
  load(): Promise<RepositorySummary[]> {
    const begunAt = performance.now()
    const loading = inTime(CALL_DEADLINE_MS, this.#load)
    this.#loading = loading
    const settle = (latest?: { repositories: RepositorySummary[]; begunAt: number }) => {
      if (this.#loading !== loading) return
      this.#loading = undefined
      this.#latest = latest ?? this.#latest
    }
    loading.then(
      (repositories) => settle({ repositories, begunAt }),
      // The waiting callers get the error.
      () => settle(),
    )
    return loading
  }

  forget(): void {
    this.#latest = undefined
  }

  /** Whether it is being read, or was read less than `ms` ago. */
  isNewerThan(ms: number): boolean {
    const isNew = this.#latest !== undefined && performance.now() - this.#latest.begunAt < ms
    return isNew || this.#loading !== undefined
  }
}

/** The cached lists of the latest scopes. */
class KeptLists {
  readonly #lists = new Map<string, KeptList>()
  readonly #load: Catalogue['list']
  readonly #limits: KeptListLimits
  #newestEnd = 0
  #renewing = Promise.resolve()

  constructor(load: Catalogue['list'], limits: KeptListLimits) {
    this.#load = load
    this.#limits = limits
  }

  get(scope: RepositoryScope): Promise<RepositorySummary[]> {
    const list = this.#lists.get(scope.key) ?? new KeptList(() => this.#load(scope))
    this.#lists.delete(scope.key)
    this.#lists.set(scope.key, list)
    for (const oldest of this.#lists.keys()) if (this.#lists.size > this.#limits.scopes) this.#lists.delete(oldest)
    return list.get(this.#limits)
  }

  /** Makes later requests wait for what the work changes. */
  async changedBy<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work
    } finally {
      void this.#renew()
      for (const list of this.#lists.values()) list.forget()
    }
  }

  async jobChanged({ finishedAt }: Pick<Job, 'finishedAt'>): Promise<void> {
    if (finishedAt === undefined) return this.#progressed()
    if (finishedAt.getTime() > this.#newestEnd) {
      this.#newestEnd = finishedAt.getTime()
      this.#renewing = this.#renew()
    }
    await this.#renewing
  }

  /** Reads all lists again. Forgets those that fail, or that nobody has requested lately. */
  async #renew(): Promise<void> {
    for (const [pattern, list] of this.#lists) if (!this.#isWanted(list)) this.#lists.delete(pattern)
    await Promise.all(Array.from(this.#lists.values(), (list) => list.load().catch(() => list.forget())))
  }

  #progressed(): void {
    for (const list of this.#lists.values()) {
      if (this.#isWanted(list) && !list.isNewerThan(this.#limits.renewMs)) list.load().catch(() => undefined)
    }
  }

  #isWanted({ requestedAt }: KeptList): boolean {
    return performance.now() - requestedAt <= this.#limits.wantedMs
  }
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
  const lists = new KeptLists((scope) => catalogue.list(scope), { ...LIMITS, ...limits })
  return {
    ...catalogue,
    jobChanged: (job) => lists.jobChanged(job),
    list: (scope) => lists.get(scope),
    index: (...request) => lists.changedBy(catalogue.index(...request)),
    follow: (...request) => lists.changedBy(catalogue.follow(...request)),
    remove: (...request) => lists.changedBy(catalogue.remove(...request)),
    pushed: (...request) => lists.changedBy(catalogue.pushed(...request)),
    job: async (...request) => {
      const job = await catalogue.job(...request)
      if (job.finishedAt !== undefined) await lists.jobChanged(job)
      return job
    },
    jobs: async (...request) => {
      const jobs = await catalogue.jobs(...request)
      const finished = jobs.filter(({ finishedAt }) => finishedAt !== undefined)
      await Promise.all(finished.map((job) => lists.jobChanged(job)))
      return jobs
    },
  }
}
