import { Worker as Thread } from 'node:worker_threads'
import type { EmbeddingRequest } from '../embedding/embedder.ts'
import type { Job } from '../indexing/contract.ts'
import type { Log } from '../log.ts'
import { connectionTo } from '../store/connection.ts'
import type { Database } from '../store/database.ts'
import { SECOND } from '../units.ts'
import type { WorkerConfig } from './open-worker.ts'
import type { Order, Report, ThreadData } from './worker-thread.ts'

export interface BackgroundParts {
  readonly config: WorkerConfig
  /** The database of this thread; the worker makes connections of its own. */
  readonly database: Database
  readonly hasOwnModel: boolean
  readonly log: Log
  /** Hears of progress as it happens. */
  readonly onJob: (job: Job) => void
  /** Hears of requests for vectors as they end. */
  readonly onRequest: (request: EmbeddingRequest) => void
}

/** A worker in a thread of its own: what it computes lets no client wait. */
export interface BackgroundWorker {
  wake(): void
  /** Hands back what is under way. */
  close(): Promise<void>
}

// The program runs from its sources or from a bundle, beside which the thread's own bundle lies.
const SCRIPT = new URL(import.meta.url.endsWith('.ts') ? './worker-thread.ts' : './worker-thread.js', import.meta.url)
const FIRST_RESTART_MS = SECOND
const LONGEST_RESTART_MS = 60 * SECOND

export function startInBackground(parts: BackgroundParts): BackgroundWorker {
  return new Background(parts)
}

class Background implements BackgroundWorker {
  readonly #parts: BackgroundParts
  #thread: Thread
  #restartMs = FIRST_RESTART_MS
  #restart: NodeJS.Timeout | undefined
  #closing: PromiseWithResolvers<void> | undefined

  constructor(parts: BackgroundParts) {
    this.#parts = parts
    this.#thread = this.#start()
  }

  wake(): void {
    this.#thread.postMessage('wake' satisfies Order)
  }

  async close(): Promise<void> {
    clearTimeout(this.#restart)
    this.#closing ??= Promise.withResolvers()
    if (this.#restart === undefined) this.#thread.postMessage('close' satisfies Order)
    else this.#closing.resolve()
    await this.#closing.promise
    await this.#thread.terminate()
  }

  #start(): Thread {
    const { config, database, hasOwnModel } = this.#parts
    const { connection, transfer } = connectionTo(database, config.database)
    const workerData: ThreadData = { config, connection, hasOwnModel }
    const thread = new Thread(SCRIPT, { name: 'worker', workerData, transferList: transfer, execArgv: [] })
    thread.on('message', (report: Report) => this.#hear(report))
    thread.on('error', (error) => this.#parts.log.error({ error }, 'The thread that does jobs has failed'))
    thread.on('exit', () => this.#ended())
    return thread
  }

  #hear(report: Report): void {
    this.#restartMs = FIRST_RESTART_MS
    if ('job' in report) this.#parts.onJob(report.job)
    else if ('request' in report) this.#parts.onRequest(report.request)
    else this.#closing?.resolve()
  }

  /** What ended without being told to starts again; the leases of its jobs run out meanwhile. */
  #ended(): void {
    if (this.#closing !== undefined) {
      this.#closing.resolve()
      return
    }
    this.#restart = setTimeout(() => {
      this.#restart = undefined
      this.#thread = this.#start()
    }, this.#restartMs)
    this.#restartMs = Math.min(2 * this.#restartMs, LONGEST_RESTART_MS)
  }
}
