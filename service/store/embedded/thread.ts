import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Log } from '../../log.ts'
import { Asker } from './asker.ts'

// The program runs from its sources or from a bundle, beside which the thread's own bundle lies.
const SCRIPT = new URL(
  import.meta.url.endsWith('.ts') ? './database-thread.ts' : './database-thread.js',
  import.meta.url,
)

/** What is asked and answered is short-lived: with more room for it, a thread collects later what is long dead. */
const YOUNG_HEAP_MB = 16

/** The thread in which an embedded database runs. */
export class Thread extends Asker {
  readonly #worker: Worker

  constructor(log: Log, script = SCRIPT) {
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_HEAP_MB }
    const worker = new Worker(script, { name: 'database', execArgv: [], resourceLimits })
    super(worker, log)
    this.#worker = worker
    worker.on('error', (cause) => this.die(cause))
    worker.on('messageerror', () => void worker.terminate())
    worker.on('exit', (code) => this.die(new Error(`The thread ended with code ${code}`)))
  }

  /** Ends what does not answer any more. */
  kill(cause: Error): void {
    this.die(cause)
    void this.#worker.terminate()
  }

  /** A port by which another thread may ask as well. */
  share(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    // Whoever has the other one, in whatever thread by then, is told by its end where this cannot be asked.
    this.ask({ port: port1 }, [port1]).catch(() => port1.close())
    return port2
  }

  /** Closes the database and ends the thread. */
  async close(): Promise<void> {
    try {
      if (!this.hasEnded) await this.ask({ close: true })
    } finally {
      this.end()
      await this.#worker.terminate()
    }
  }
}
