import type { Log } from '../log.ts'
import { answeredWithin } from '../store/answered.ts'
import type { Database } from '../store/database.ts'
import { type Lease, LeaseLost, renewLease } from '../store/jobs.ts'
import { SECOND } from '../units.ts'
import type { Progress } from './contract.ts'

/** How long a job stays its holder's without a renewal. */
export const LEASE_MS = 30 * SECOND
const RENEW_MS = 10 * SECOND
const TICK_MS = SECOND
/** Limit of one attempt, so that there are several before the lease expires. */
const RENEWING_MS = 8 * SECOND

/** Renews a job's lease and its visible progress until it is released. */
export class KeptLease {
  readonly #database: Database
  readonly #lease: Lease
  readonly #log: Log
  readonly #lost = new AbortController()
  readonly #timer: NodeJS.Timeout
  #progress: Progress = {}
  #told: Progress = this.#progress
  #renewedAt = performance.now()
  #renewing: Promise<void> | undefined
  #isCutOff = false

  constructor(database: Database, lease: Lease, log: Log) {
    this.#database = database
    this.#lease = lease
    this.#log = log
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  /** Aborts when another worker may have the job. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** Whether the lease expired because the database could not be reached. */
  get isCutOff(): boolean {
    return this.#isCutOff
  }

  get progress(): Progress {
    return this.#progress
  }

  report(progress: Progress): void {
    this.#progress = progress
  }

  async release(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewing
  }

  #tick(): void {
    const silentMs = performance.now() - this.#renewedAt
    if (this.#renewing !== undefined || (this.#told === this.#progress && silentMs < RENEW_MS)) return
    this.#renewing = this.#renew().finally(() => {
      this.#renewing = undefined
    })
  }

  async #renew(): Promise<void> {
    const progress = this.#progress
    try {
      await answeredWithin(RENEWING_MS, () => renewLease(this.#database, this.#lease, LEASE_MS, progress))
      this.#renewedAt = performance.now()
      this.#told = progress
    } catch (error) {
      this.#log.warn({ error, job: this.#lease.id }, 'The lease of a job could not be renewed')
      if (error instanceof LeaseLost) this.#lose(error)
      else if (performance.now() - this.#renewedAt > LEASE_MS) {
        this.#isCutOff = true
        this.#lose(new LeaseLost(this.#lease))
      }
    }
  }

  #lose(error: LeaseLost): void {
    clearInterval(this.#timer)
    this.#lost.abort(error)
  }
}
