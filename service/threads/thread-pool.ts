import { Thread, type ThreadOptions, type TimeLimit } from './thread.ts'

export interface PoolOptions extends ThreadOptions {
  readonly threads: number
  /** An idle thread ends after this time to free its memory. */
  readonly idleMs: number
  /** Number of threads to keep when idle. Default 0. */
  readonly kept?: number
}

/** Time limit of a task, and who asked for it. */
export interface Turn extends TimeLimit {
  /**
   * Processor time that the caller has used so far. Among waiting tasks, the caller that has used the least goes first.
   */
  readonly usedMs?: number
  /** Ends the task. If it has begun, its thread ends too. */
  readonly signal?: AbortSignal | undefined
  /** Ends the wait for a thread. A task that has begun continues. */
  readonly patience?: AbortSignal
}

interface Idle<Task, Answer> {
  readonly thread: Thread<Task, Answer>
  readonly timer: NodeJS.Timeout
}

interface Waiting {
  readonly usedMs: number
  readonly begin: () => void
}

/** A pool that starts threads on demand and ends idle ones. */
export class ThreadPool<Task, Answer> {
  readonly #options: PoolOptions
  readonly #idle: Idle<Task, Answer>[] = []
  readonly #threads = new Set<Thread<Task, Answer>>()
  readonly #waiting: Waiting[] = []
  #busy = 0

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** @throws ThreadDied or Fault as `Thread` does, or the reason of a signal */
  async run(task: Task, { usedMs = 0, signal, patience, ...limit }: Turn): Promise<Answer> {
    await this.#turn(usedMs, patience)
    try {
      signal?.throwIfAborted()
      const thread = this.#take()
      try {
        return await thread.run(task, limit, signal)
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

  async #turn(usedMs: number, patience?: AbortSignal): Promise<void> {
    patience?.throwIfAborted()
    if (this.#busy < this.#options.threads) {
      this.#busy++
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const begin = () => {
      patience?.removeEventListener('abort', leave)
      resolve()
    }
    const waiting = { usedMs, begin }
    const leave = () => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      reject(patience?.reason)
    }
    this.#waiting.push(waiting)
    patience?.addEventListener('abort', leave, { once: true })
    await promise
  }

  #next(): void {
    const least = this.#waiting.reduce((best, { usedMs }) => Math.min(best, usedMs), Number.POSITIVE_INFINITY)
    const at = this.#waiting.findIndex(({ usedMs }) => usedMs === least)
    const next = this.#waiting[at]
    if (next !== undefined) this.#waiting.splice(at, 1)
    if (next === undefined) this.#busy--
    else next.begin()
  }

  #take(): Thread<Task, Answer> {
    const idle = this.#idle.pop()
    if (idle !== undefined) {
      clearTimeout(idle.timer)
      if (!idle.thread.isDead) return idle.thread
      this.#threads.delete(idle.thread)
    }
    const thread = new Thread<Task, Answer>(this.#options)
    this.#threads.add(thread)
    return thread
  }

  #giveBack(thread: Thread<Task, Answer>): void {
    if (thread.isDead) {
      this.#threads.delete(thread)
      return
    }
    const timer = setTimeout(() => this.#retire(thread), this.#options.idleMs).unref()
    this.#idle.push({ thread, timer })
  }

  #retire(thread: Thread<Task, Answer>): void {
    if (this.#threads.size <= (this.#options.kept ?? 0)) return
    const at = this.#idle.findIndex((idle) => idle.thread === thread)
    if (at >= 0) this.#idle.splice(at, 1)
    this.#threads.delete(thread)
    void thread.stop()
  }
}
