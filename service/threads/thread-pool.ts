import { Thread, type ThreadOptions, type TimeLimit } from './thread.ts'

export interface PoolOptions extends ThreadOptions {
  readonly threads: number
  /** An idle thread gives its memory back after this. */
  readonly idleMs: number
  /** How many stay however long they are idle; none unless given. */
  readonly kept?: number
}

/** How long the task, or a step of it, may take once it has begun, and who asks for it. */
export interface Turn extends TimeLimit {
  /** What whoever asks has used of the threads so far: of those that wait, the one that has used least comes first. */
  readonly usedMs?: number
  /** Ends the task, and where it has begun the thread that does it. */
  readonly signal?: AbortSignal | undefined
  /** Ends waiting, and lets the task end that has begun. */
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

/** Threads that come with work and go without. */
export class ThreadPool<Task, Answer> {
  readonly #options: PoolOptions
  readonly #idle: Idle<Task, Answer>[] = []
  readonly #threads = new Set<Thread<Task, Answer>>()
  readonly #waiting: Waiting[] = []
  #busy = 0

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** @throws ThreadDied, Fault as `Thread` does, or the reason of a signal */
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
