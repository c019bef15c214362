import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Fault, type FaultCode } from '../errors.ts'

/** A thread ended, or had to be ended, before it had done its task. */
export class ThreadDied extends Error {
  /** How many steps of the task were done, where the next one took too long or threw an error; absent where memory ran out. */
  readonly stepsDone: number | undefined
  /** Whether it had to be ended before it had used the time of a processor that it may: others had these. */
  readonly wasHeldUp: boolean

  constructor(
    message: string,
    {
      stepsDone,
      wasHeldUp = false,
      ...options
    }: ErrorOptions & Partial<Pick<ThreadDied, 'stepsDone' | 'wasHeldUp'>> = {},
  ) {
    super(message, options)
    this.stepsDone = stepsDone
    this.wasHeldUp = wasHeldUp
  }
}

/** How long a task, or each of its steps, may take. */
export interface TimeLimit {
  /** Of a processor's time. */
  readonly limitMs: number
  /** By the clock, on which others may have the processor; the same unless given. */
  readonly clockMs?: number | undefined
}

/**
 * What the script of a thread says: that it has started, that it begins a task, that a step of it is done, what became of
 * it, or that none like it can succeed.
 */
export type ThreadMessage<Answer> =
  | { readonly ready: true }
  | ({ readonly begun: true } & Used)
  | ({ readonly step: true } & Used)
  | { readonly answer: Answer }
  | { readonly fault: ThreadFault }

/** What the thread has used of a processor so far, in milliseconds. */
interface Used {
  readonly usedMs: number
}

/** A `Fault` on its way between threads. */
interface ThreadFault {
  readonly code: FaultCode
  readonly message: string
  readonly remedy: string
}

export interface ThreadOptions {
  readonly script: URL
  /** What the thread does, for the message that it cannot start: `analyses files`. */
  readonly purpose: string
  /** What its objects may take. */
  readonly heapMb: number
}

const YOUNG_HEAP_MB = 32
const MICROSECONDS_A_MS = 1000
/** How long a thread may take to say what it has used. */
const LEAST_PATIENCE_MS = 50

/** One thread that does one task at a time. */
export class Thread<Task, Answer> {
  readonly #worker: Worker
  readonly #purpose: string
  readonly #ready: Promise<void>
  #death: Error | undefined
  // No promise for as long as the thread lives: whatever raced with it would be kept for as long.
  #failTask: (death: Error) => void = () => {}
  /** Of the task that it does; undefined while it does none. */
  #stepsDone: number | undefined
  #isReady = false
  #isDead = false

  constructor({ script, purpose, heapMb }: ThreadOptions) {
    const resourceLimits = { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_HEAP_MB }
    this.#purpose = purpose
    this.#worker = new Worker(script, { resourceLimits, execArgv: [] })
    this.#worker.unref()
    this.#ready = new Promise((resolve) => {
      this.#worker.once('message', () => {
        this.#isReady = true
        resolve()
      })
    })
    let failure: Error | undefined
    this.#worker.once('error', (cause) => {
      this.#isDead = true
      failure = cause
    })
    // An error may overtake the messages that were sent before it; the end does not.
    this.#worker.once('exit', (code) => this.#die(failure ?? new Error(`The thread ended with code ${code}`)))
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /**
   * Does a task of which each step may take so long.
   * @throws ThreadDied where it takes longer or ends the thread, Fault where the thread says so or cannot start
   */
  async run(task: Task, limit: TimeLimit, signal?: AbortSignal): Promise<Answer> {
    if (this.#death !== undefined) throw this.#death
    const { promise: ended, reject } = Promise.withResolvers<never>()
    this.#failTask = reject
    this.#worker.ref()
    try {
      await Promise.race([this.#ready, ended])
      return await this.#answered(task, ended, limit, signal)
    } finally {
      this.#failTask = () => {}
      this.#stepsDone = undefined
      this.#worker.unref()
    }
  }

  async stop(): Promise<void> {
    this.#isDead = true
    await this.#worker.terminate()
  }

  async #answered(task: Task, ended: Promise<never>, limit: TimeLimit, signal?: AbortSignal): Promise<Answer> {
    const stopped = this.#stopping(limit, signal)
    try {
      const answer = this.#answer(stopped)
      this.#worker.postMessage(task)
      return await Promise.race([answer, ended, stopped.promise])
    } finally {
      stopped.clear()
    }
  }

  #answer({ begun, step }: Record<'begun' | 'step', (usedMs: number) => void>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const hear = (message: ThreadMessage<Answer>) => {
        if ('begun' in message) return begun(message.usedMs)
        if ('step' in message) return step(message.usedMs)
        this.#worker.off('message', hear)
        if ('answer' in message) resolve(message.answer)
        else if ('fault' in message) reject(new Fault(message.fault.code, message.fault.message, message.fault.remedy))
      }
      this.#worker.on('message', hear)
    })
  }

  /** A thread that computes can only be stopped by ending it. */
  #stopping({ limitMs, clockMs = limitMs }: TimeLimit, signal?: AbortSignal) {
    const { promise, reject } = Promise.withResolvers<never>()
    this.#stepsDone = 0
    let begin = { atMs: 0, usedMs: 0 }
    let timer: NodeJS.Timeout
    const stop = (reason: unknown) => {
      reject(reason)
      void this.stop()
    }
    const abort = () => stop(signal?.reason)
    const look = async () => {
      const ofStep = begin
      const tookMs = performance.now() - ofStep.atMs
      const usedMs = (await this.#usedMs(clockMs - tookMs)) - ofStep.usedMs
      if (ofStep !== begin) return
      const leftMs = Math.min(limitMs - usedMs, clockMs - tookMs)
      if (leftMs > 0) timer = setTimeout(() => void look(), leftMs)
      else stop(this.#lateDeath(usedMs < limitMs ? { clockMs } : { limitMs }, usedMs < limitMs / 2))
    }
    const begun = (usedMs: number) => {
      clearTimeout(timer)
      begin = { atMs: performance.now(), usedMs }
      timer = setTimeout(() => void look(), limitMs)
    }
    begun(0)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    const step = (usedMs: number) => {
      this.#stepsDone = (this.#stepsDone ?? 0) + 1
      begun(usedMs)
    }
    const clear = () => {
      begin = { atMs: 0, usedMs: 0 }
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    return { promise, begun, step, clear }
  }

  /** What the thread has used of a processor so far; without end where it does not say so, as in long calls of C++. */
  async #usedMs(patienceMs: number): Promise<number> {
    const usage = this.#worker.cpuUsage().then(
      ({ user, system }) => (user + system) / MICROSECONDS_A_MS,
      () => Number.POSITIVE_INFINITY,
    )
    const patience = delay(Math.max(LEAST_PATIENCE_MS, patienceMs), Number.POSITIVE_INFINITY, { ref: false })
    return Promise.race([usage, patience])
  }

  #lateDeath({ limitMs, clockMs }: Partial<TimeLimit>, wasHeldUp: boolean): ThreadDied {
    const message =
      limitMs === undefined ? `It took longer than ${clockMs} ms` : `It took longer than ${limitMs} ms of a processor`
    return new ThreadDied(message, { stepsDone: this.#stepsDone, wasHeldUp })
  }

  #die(cause: Error): void {
    this.#isDead = true
    this.#death ??= this.#deathBy(cause)
    this.#failTask(this.#death)
  }

  #deathBy(cause: Error): Error {
    // What took the memory may have been any step.
    const isOfStep = this.#isReady && (cause as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY'
    if (isOfStep) return new ThreadDied(cause.message, { cause, stepsDone: this.#stepsDone })
    if (this.#isReady) return new ThreadDied(cause.message, { cause })
    const message = `The thread that ${this.#purpose} cannot start: ${cause.message}`
    return new Fault('internal', message, 'Install the service again', { cause })
  }
}
