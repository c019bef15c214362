import type { AnalysedBatch, Batch } from '../analysis.ts'
import { Thread } from './thread.ts'

export interface PoolOptions {
  readonly threads: number
  /** An idle thread gives its memory back after this. */
  readonly idleMs: number
  readonly heapMb: number
}

interface Idle {
  readonly thread: Thread
  readonly timer: NodeJS.Timeout
}

/** Threads that come with work and go without. */
export class ThreadPool {
  readonly #options: PoolOptions
  readonly #idle: Idle[] = []
  readonly #threads = new Set<Thread>()
  readonly #waiting: (() => void)[] = []
  #busy = 0

  constructor(options: PoolOptions) {
    this.#options = options
  }

  async analyse(batch: Batch, limitMs: number, signal?: AbortSignal): Promise<AnalysedBatch> {
    await this.#turn()
    try {
      signal?.throwIfAborted()
      const thread = this.#take()
      try {
        return await thread.analyse(batch, limitMs, signal)
      } finally {
        this.#giveBack(thread)
      }
    } finally {
      this.#next()
    }
  }

  async close(): Promise<void> {
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer)
    await Promise.all([...this.#threads].map((thread) => thread.stop()))
    this.#threads.clear()
  }

  async #turn(): Promise<void> {
    if (this.#busy < this.#options.threads) this.#busy++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** The turn goes to the one that waits longest. */
  #next(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#busy--
    else next()
  }

  #take(): Thread {
    const idle = this.#idle.pop()
    if (idle !== undefined) {
      clearTimeout(idle.timer)
      if (!idle.thread.isDead) return idle.thread
      this.#threads.delete(idle.thread)
    }
    const thread = new Thread(this.#options.heapMb)
    this.#threads.add(thread)
    return thread
  }

  #giveBack(thread: Thread): void {
    if (thread.isDead) {
      this.#threads.delete(thread)
      return
    }
    const timer = setTimeout(() => this.#retire(thread), this.#options.idleMs).unref()
    this.#idle.push({ thread, timer })
  }

  #retire(thread: Thread): void {
    const at = this.#idle.findIndex((idle) => idle.thread === thread)
    if (at >= 0) this.#idle.splice(at, 1)
    this.#threads.delete(thread)
    void thread.stop()
  }
}
