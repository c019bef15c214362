import { Worker } from 'node:worker_threads'
import { Fault } from '../../errors.ts'
import type { AnalysedBatch, Batch } from '../analysis.ts'
import type { ThreadMessage } from './analyser-thread.ts'

/** A thread ended, or had to be ended, before it had analysed its batch. */
export class ThreadDied extends Error {}

// The program runs from its sources or from a bundle, beside which the thread's own bundle lies.
const SCRIPT = new URL(
  import.meta.url.endsWith('.ts') ? './analyser-thread.ts' : './analyser-thread.js',
  import.meta.url,
)
const YOUNG_HEAP_MB = 32

/** One thread that analyses one batch at a time. */
export class Thread {
  readonly #worker: Worker
  readonly #ended: Promise<never>
  #isReady = false
  #isDead = false

  constructor(heapMb: number) {
    const resourceLimits = { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_HEAP_MB }
    this.#worker = new Worker(SCRIPT, { resourceLimits, execArgv: [] })
    this.#worker.unref()
    this.#worker.on('message', (message: ThreadMessage) => {
      if ('ready' in message) this.#isReady = true
    })
    this.#ended = new Promise((_, reject) => {
      this.#worker.once('error', (cause) => reject(this.#death(cause)))
      this.#worker.once('exit', (code) => reject(this.#death(new Error(`The thread ended with code ${code}`))))
    })
    // Between batches nobody waits for it.
    this.#ended.catch(() => undefined)
  }

  get isDead(): boolean {
    return this.#isDead
  }

  async analyse(batch: Batch, limitMs: number, signal?: AbortSignal): Promise<AnalysedBatch> {
    const stopped = this.#stopping(limitMs, signal)
    this.#worker.ref()
    try {
      const answer = this.#answer()
      this.#worker.postMessage(batch)
      return await Promise.race([answer, this.#ended, stopped.promise])
    } finally {
      stopped.clear()
      this.#worker.unref()
    }
  }

  async stop(): Promise<void> {
    this.#isDead = true
    await this.#worker.terminate()
  }

  #answer(): Promise<AnalysedBatch> {
    return new Promise((resolve, reject) => {
      const hear = (message: ThreadMessage) => {
        if ('ready' in message) return
        this.#worker.off('message', hear)
        if ('batch' in message) resolve(message.batch)
        else reject(new Fault('internal', message.fault.message, message.fault.remedy))
      }
      this.#worker.on('message', hear)
    })
  }

  /** A thread that computes can only be stopped by ending it. */
  #stopping(limitMs: number, signal?: AbortSignal): { promise: Promise<never>; clear: () => void } {
    const { promise, reject } = Promise.withResolvers<never>()
    const stop = (reason: unknown) => {
      reject(reason)
      void this.stop()
    }
    const abort = () => stop(signal?.reason)
    const timer = setTimeout(() => stop(new ThreadDied(`It took longer than ${limitMs} ms`)), limitMs)
    signal?.addEventListener('abort', abort, { once: true })
    const clear = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    return { promise, clear }
  }

  #death(cause: Error): Error {
    this.#isDead = true
    if (this.#isReady) return new ThreadDied(cause.message, { cause })
    return new Fault('internal', `The thread that analyses files cannot start: ${cause.message}`, 'Install again', {
      cause,
    })
  }
}
