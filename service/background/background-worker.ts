import { Worker as Thread } from 'node:worker_threads'
import type { EmbeddingRequest } from '../embedding/embedder.ts'
import { Fault } from '../errors.ts'
import type { Job } from '../indexing/contract.ts'
import type { Log } from '../log.ts'
import { connectionTo } from '../store/connection.ts'
import type { Database } from '../store/database.ts'
import type { Questions } from '../threads/right-of-way.ts'
import { SECOND } from '../units.ts'
import type { WorkerConfig } from './open-worker.ts'
import { DATABASE_LOST, type FaultFields, type Order, type Report, type ThreadData } from './worker-messages.ts'

export interface BackgroundParts {
  readonly config: WorkerConfig
  /** Database of this thread. The worker opens its own connections. */
  readonly database: Database
  readonly hasOwnModel: boolean
  /** Questions that the worker gives way to. */
  readonly questions: Pick<Questions, 'memory'>
  readonly log: Log
  /** Called with the progress of a job. */
  readonly onJob: (job: Job) => void
  /** Called when an embedding request ends. */
  readonly onRequest: (request: EmbeddingRequest) => void
}

/** A worker in its own thread, so that its computations delay no client. */
export interface BackgroundWorker {
  wake(): void
  /** Returns why jobs have recently failed to progress. */
  trouble(): Fault | undefined
  /**
   * Stops the worker and returns unfinished jobs to the queue. When the signal aborts, the thread is ended at once: the
   * leases of its jobs expire.
   */
  close(signal: AbortSignal): Promise<void>
}

// The program runs from its sources, or from a bundle with the thread's bundle beside it.
const SCRIPT = new URL(import.meta.url.endsWith('.ts') ? './worker-thread.ts' : './worker-thread.js', import.meta.url)
/** A job's data is short-lived. More room for young objects lets V8 collect them later, when they are garbage. */
const YOUNG_HEAP_MB = 12
const FIRST_RESTART_MS = SECOND
const LONGEST_RESTART_MS = 10 * SECOND
/** Longer than the delay before a job is retried, which reports again. */
const TROUBLE_MS = 25 * SECOND

export function startInBackground(parts: BackgroundParts): BackgroundWorker {
  return new Background(parts)
}

class Background implements BackgroundWorker {
  readonly #parts: BackgroundParts
  #thread: Thread
  #restartMs = FIRST_RESTART_MS
  #restart: NodeJS.Timeout | undefined
  #closing: PromiseWithResolvers<void> | undefined
  #trouble: { readonly fault: FaultFields; readonly at: number } | undefined

  constructor(parts: BackgroundParts) {
    this.#parts = parts
    this.#thread = this.#start(false)
  }

  wake(): void {
    this.#thread.postMessage('wake' satisfies Order)
  }

  trouble(): Fault | undefined {
    if (this.#trouble === undefined || performance.now() - this.#trouble.at > TROUBLE_MS) return undefined
    const { code, message, remedy } = this.#trouble.fault
    return new Fault(code, message, remedy)
  }

  async close(signal: AbortSignal): Promise<void> {
    clearTimeout(this.#restart)
    this.#closing ??= Promise.withResolvers()
    const { resolve } = this.#closing
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (this.#restart === undefined) this.#thread.postMessage('close' satisfies Order)
    else this.#closing.resolve()
    await this.#closing.promise
    await this.#thread.terminate()
  }

  #start(databaseWasLost: boolean): Thread {
    const { config, database, hasOwnModel, questions } = this.#parts
    const { connection, transfer } = connectionTo(database, config.database)
    const workerData: ThreadData = { config, connection, hasOwnModel, questions: questions.memory, databaseWasLost }
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_HEAP_MB }
    const options = { name: 'worker', workerData, transferList: transfer, execArgv: [], resourceLimits }
    const thread = new Thread(SCRIPT, options)
    thread.on('message', (report: Report) => this.#hear(report))
    thread.on('error', (error) => this.#parts.log.error({ error }, 'The thread that does jobs has failed'))
    thread.on('exit', (code) => this.#ended(code === DATABASE_LOST))
    return thread
  }

  #hear(report: Report): void {
    this.#restartMs = FIRST_RESTART_MS
    if ('job' in report) this.#parts.onJob(report.job)
    else if ('request' in report) this.#parts.onRequest(report.request)
    else if ('trouble' in report) this.#trouble = report.trouble && { fault: report.trouble, at: performance.now() }
    else this.#closing?.resolve()
  }

  /** Restarts a thread that ended unexpectedly. The leases of its jobs expire meanwhile. */
  #ended(databaseWasLost: boolean): void {
    if (this.#closing !== undefined) {
      this.#closing.resolve()
      return
    }
    this.#restart = setTimeout(() => {
      this.#restart = undefined
      this.#thread = this.#start(databaseWasLost)
    }, this.#restartMs)
    this.#restartMs = Math.min(2 * this.#restartMs, LONGEST_RESTART_MS)
  }
}
