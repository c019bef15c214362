import { setTimeout as delay } from 'node:timers/promises'
import { whileWanted } from '../deadline.ts'
import { asFault, Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import { answeredWithin } from '../store/answered.ts'
import type { Database } from '../store/database.ts'
import { sweepRemoved } from '../store/generations.ts'
import {
  type ClaimedJob,
  claimJob,
  endSilentHolders,
  enqueueJob,
  expireLeases,
  finishJob,
  type GivenBack,
  type JobKind,
  LeaseLost,
  requeueJob,
} from '../store/jobs.ts'
import { isOfDatabase } from '../store/state-faults.ts'
import { SECOND } from '../units.ts'
import type { Job, Worker } from './contract.ts'
import { type RunJob, type RunOutcome, toJob } from './job.ts'
import { KeptLease, LEASE_MS } from './lease.ts'

export interface WorkerParts {
  readonly database: Database
  readonly runIndex: RunJob
  /** Undefined without any embedding model. */
  readonly runEmbed?: RunJob
  /** Whether indexed repositories must still be embedded. The package's model embeds while indexing. */
  readonly embedsIndexed?: () => Promise<boolean>
  /** Requests due `embed` jobs that no run has requested. Called from time to time. */
  readonly reconcileEmbeddings?: (signal: AbortSignal) => Promise<unknown>
  /** Requests `index` jobs of repositories that have changed on their server. Called from time to time. */
  readonly pollRemotes?: (signal: AbortSignal) => Promise<unknown>
  /** Asks git servers that could not be reached whether they are back. Called from time to time. */
  readonly lookForServers?: (signal: AbortSignal) => Promise<unknown>
  /** Lists the repositories of sources. Called from time to time. */
  readonly pollSources?: (signal: AbortSignal) => Promise<unknown>
  /** Requests `index` jobs of repositories with an outdated index. Called once. */
  readonly indexOutdated?: () => Promise<void>
  /** Number of index runs at once, besides one of changes. With 0, the worker takes no job at all. */
  readonly concurrency: number
  /** Whether the previous worker ended because it lost its database. */
  readonly databaseWasLost?: boolean
  /** Called repeatedly with the reason while jobs do not progress, and without one when they do. */
  readonly onTrouble?: (fault?: Fault) => void
  readonly log: Log
}

/** A worker that can be notified of new jobs, so that it need not poll for them. */
export interface WakeableWorker extends Worker {
  wake(): void
}

const POLL_MS = 2 * SECOND
const RECONCILE_MS = 10 * SECOND
const POLL_REMOTES_MS = 5 * SECOND
const END_HOLDERS_MS = 10 * SECOND
const ATTEMPTS = 3
const NONE_TAKEN = 'A job could not be taken'
/** Delay before a job that waits for the database is retried. */
const WAIT_MS = 10 * SECOND
const GIVE_BACK_MS = SECOND
/** Time limit for taking or returning a job. */
const TAKING_MS = 10 * SECOND
/** Leases that expire this soon after a database failure expired because of it. */
const FORGIVEN_MS = 2 * LEASE_MS

export function startWorker(parts: WorkerParts): WakeableWorker {
  return new JobWorker(parts)
}

class JobWorker implements WakeableWorker {
  readonly #parts: WorkerParts
  readonly #listeners: ((job: Job) => void)[] = []
  /** Aborts when no new job may be taken. */
  readonly #closing = new AbortController()
  /** Aborts when running jobs must be returned. */
  readonly #handBack = new AbortController()
  readonly #lanes: Promise<unknown>[]
  #databaseFailedAt = Number.NEGATIVE_INFINITY
  /** Repeated failures, by their latest reason. */
  readonly #failing = new Map<string, string>()
  #bell = Promise.withResolvers<void>()

  constructor(parts: WorkerParts) {
    this.#parts = parts
    const { database, runIndex, runEmbed, reconcileEmbeddings, concurrency } = parts
    if (parts.databaseWasLost) this.#databaseFailedAt = Date.now()
    const free = this.#freeJobs()
    this.#lanes = Array.from({ length: concurrency }, () => free.then(() => this.#takeJobs('index', runIndex)))
    if (concurrency > 0) this.#lanes.push(free.then(() => this.#takeJobs('index', runIndex, true)))
    if (concurrency > 0 && runEmbed !== undefined) {
      this.#lanes.push(
        free.then(() => this.#takeJobs('embed', runEmbed)),
        this.#repeat(reconcileEmbeddings, RECONCILE_MS, 'The search for missing embeddings failed'),
      )
    }
    if (concurrency > 0) this.#lanes.push(this.#startOutdated())
    if (concurrency > 0) {
      this.#lanes.push(
        this.#repeat(parts.pollRemotes, POLL_REMOTES_MS, 'Remotes could not be polled'),
        this.#repeat(parts.lookForServers, POLL_REMOTES_MS, 'Servers could not be asked again'),
        this.#repeat(parts.pollSources, POLL_REMOTES_MS, 'Sources could not be listed'),
      )
    }
    if (concurrency > 0 && database.kind === 'postgres') {
      const endHolders = () => answeredWithin(TAKING_MS, () => endSilentHolders(database))
      this.#lanes.push(this.#repeat(endHolders, END_HOLDERS_MS, 'The search for frozen workers failed'))
    }
  }

  onProgress(listener: (job: Job) => void): void {
    this.#listeners.push(listener)
  }

  wake(): void {
    this.#bell.resolve()
    this.#bell = Promise.withResolvers()
  }

  async close(signal?: AbortSignal): Promise<void> {
    this.#closing.abort()
    const handBack = () => this.#handBack.abort(new Error('The worker is closing'))
    if (signal?.aborted) handBack()
    signal?.addEventListener('abort', handBack, { once: true })
    await Promise.all(this.#lanes)
    signal?.removeEventListener('abort', handBack)
  }

  /** Only this process uses the embedded database, so all other holders of leases have ended. */
  async #freeJobs(): Promise<void> {
    const { database, log } = this.#parts
    if (database.kind !== 'embedded') return
    await expireLeases(database).catch((error: unknown) => log.warn({ error }, 'Leases could not be freed'))
  }

  async #startOutdated(): Promise<void> {
    const { indexOutdated, log } = this.#parts
    await indexOutdated?.().catch((error: unknown) => log.warn({ error }, 'The search for outdated indexes failed'))
    this.wake()
  }

  async #takeJobs(kind: JobKind, run: RunJob, ofChanges = false): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const bell = this.#bell.promise
      try {
        const isForgiving = Date.now() - this.#databaseFailedAt < FORGIVEN_MS
        const which = { forgiving: isForgiving, ofChanges }
        const job = await answeredWithin(TAKING_MS, () => claimJob(this.#parts.database, kind, LEASE_MS, which))
        this.#failing.delete(NONE_TAKEN)
        if (job !== undefined) {
          await this.#do(job, run)
          continue
        }
        if (kind === 'index' && !ofChanges) await sweepRemoved(this.#parts.database, this.#closing.signal)
      } catch (error) {
        if (isOfDatabase(error)) this.#wasFailed(error)
        this.#tellFailing(NONE_TAKEN, error)
      }
      await this.#pause(POLL_MS, bell)
    }
  }

  async #repeat(work: WorkerParts['pollRemotes'], everyMs: number, failure: string): Promise<void> {
    while (work !== undefined && !this.#closing.signal.aborted) {
      try {
        await work(this.#closing.signal)
        this.#failing.delete(failure)
        this.wake()
      } catch (error) {
        this.#tellFailing(failure, error)
      }
      await this.#pause(everyMs)
    }
  }

  /** Logs a repeated failure once per reason. */
  #tellFailing(what: string, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    if (this.#closing.signal.aborted || this.#failing.get(what) === why) return
    this.#failing.set(what, why)
    this.#parts.log.warn({ error }, what)
  }

  async #pause(ms: number, bell?: Promise<void>): Promise<void> {
    const rung = new AbortController()
    const timer = delay(ms, undefined, { signal: AbortSignal.any([rung.signal, this.#closing.signal]) }).catch(() => {})
    await (bell === undefined ? timer : Promise.race([bell, timer]))
    rung.abort()
  }

  async #do(job: ClaimedJob, run: RunJob): Promise<void> {
    const { database, log } = this.#parts
    const lease = new KeptLease(database, job, log)
    const report = (progress: Job['progress']) => {
      lease.report(progress)
      this.#tell({ ...job, progress })
    }
    try {
      const signal = AbortSignal.any([lease.signal, this.#handBack.signal])
      const outcome =
        job.attempts > ATTEMPTS ? interrupted(job) : await whileWanted(signal, () => run(job, signal, report))
      await lease.release()
      await this.#finish(job, outcome)
    } catch (error) {
      await lease.release()
      await this.#fail(job, error, lease)
    }
  }

  async #finish(job: ClaimedJob, { state, progress, fault }: RunOutcome): Promise<void> {
    const { database, embedsIndexed = async () => false } = this.#parts
    const stored = fault && { code: fault.code, message: fault.message, remedy: fault.remedy }
    const end = { state, progress, ...(stored === undefined ? {} : { fault: stored }) }
    const isToEmbed = job.kind === 'index' && state !== 'failed' && (await embedsIndexed())
    const hasEnded = await database.transaction(async (sql) => {
      const hasEnded = await finishJob(sql, job, end)
      if (isToEmbed) await enqueueJob(sql, job.repositoryId, 'embed')
      return hasEnded
    })
    this.#parts.onTrouble?.()
    this.wake()
    if (hasEnded) this.#tell({ ...job, ...end, finishedAt: new Date() })
  }

  async #fail(job: ClaimedJob, error: unknown, lease: KeptLease): Promise<void> {
    const { log } = this.#parts
    if (lease.isCutOff) this.#databaseFailedAt = Date.now()
    const about = { error, job: job.id, repository: job.repository, kind: job.kind }
    if (error instanceof LeaseLost || lease.signal.aborted) {
      log.warn(about, 'A job was left to another worker')
    } else if (this.#handBack.signal.aborted) {
      await this.#giveBack(job, { counts: false })
      const { error: _asked, ...which } = about
      log.info(which, 'A job was handed back unfinished')
    } else if (isWaitedFor(error)) {
      log.warn(about, 'A job waits until what it needs is available')
      this.#wasFailed(error)
      const { code, message, remedy } = error
      await this.#giveBack(job, { counts: false, waits: { fault: { code, message, remedy }, ms: WAIT_MS } })
    } else if (mayPass(error) && job.attempts < ATTEMPTS) {
      log.warn(about, 'A job failed and is tried again')
      await this.#giveBack(job, { counts: true })
    } else {
      log.error(about, 'A job failed')
      await this.#finish(job, { state: 'failed', progress: lease.progress, fault: asFault(error) })
    }
  }

  /** Returns a job as soon as the database accepts it: a living worker has not died at the job. */
  async #giveBack(job: ClaimedJob, given: GivenBack): Promise<void> {
    for (;;) {
      try {
        await answeredWithin(TAKING_MS, () => requeueJob(this.#parts.database, job, given))
        return
      } catch (error) {
        if (!isOfDatabase(error) || this.#closing.signal.aborted) throw error
        this.#wasFailed(error)
      }
      await this.#pause(GIVE_BACK_MS)
    }
  }

  #wasFailed(fault: Fault): void {
    if (isOfDatabase(fault)) this.#databaseFailedAt = Date.now()
    this.#parts.onTrouble?.(fault)
  }

  #tell(row: ClaimedJob): void {
    const job = toJob(row)
    for (const listener of this.#listeners) listener(job)
  }
}

/**
 * Whether a job can continue after somebody has fixed the cause, for example freed space, without being requested
 * again.
 */
function isWaitedFor(error: unknown): error is Fault {
  return isOfDatabase(error) || (error instanceof Fault && error.code === 'clones_full')
}

const MAY_PASS: readonly string[] = ['internal', 'overloaded', 'deadline_exceeded']

/** Whether the same job may succeed next time. Other faults are about the folder or the settings. */
function mayPass(error: unknown): boolean {
  return !(error instanceof Fault) || MAY_PASS.includes(error.code)
}

function interrupted({ attempts, progress }: ClaimedJob): RunOutcome {
  const fault = new Fault(
    'internal',
    `The job was taken ${attempts - 1} times, and each time the process ended before it was done`,
    'See the log for why the process ended, for example out of memory, then index again',
  )
  return { state: 'failed', progress, fault }
}
