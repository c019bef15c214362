import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Log } from '../../log.ts'
import { Asker } from './asker.ts'

// The program runs from its sources, or from a bundle with the thread's bundle beside it.
const SCRIPT = new URL(
  import.meta.url.endsWith('.ts') ? './database-thread.ts' : './database-thread.js',
  import.meta.url,
)

/**
 * Requests and answers are short-lived. More room for young objects lets V8 collect them later, when they are garbage.
 */
const YOUNG_HEAP_MB = 12

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

  /** Ends a thread that no longer responds. */
  kill(cause: Error): void {
    this.die(cause)
    void this.#worker.terminate()
  }

  /** Creates a port through which another thread can send requests too. */
  share(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    // If the request fails, closing this port tells whichever thread has the other one.
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
