import { Worker } from 'node:worker_threads'
import { Fault, type FaultCode } from '../errors.ts'

/** A thread ended, or had to be ended, before it had done its task. */
export class ThreadDied extends Error {
  /** How many steps of the task were done, where the next one took too long or threw an error; absent where memory ran out. */
  readonly stepsDone: number | undefined

  constructor(
    message: string,
    { stepsDone, ...options }: ErrorOptions & { readonly stepsDone?: number | undefined } = {},
  ) {
    super(message, options)
    this.stepsDone = stepsDone
  }
}

/**
 * What the script of a thread says: that it has started, that a step of a task is done, what became of a task, or that
 * none like it can succeed.
 */
export type ThreadMessage<Answer> =
  | { readonly ready: true }
  | { readonly step: true }
  | { readonly answer: Answer }
  | { readonly fault: ThreadFault }

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
    this.#worker.once('error', (cause) => this.#die(cause))
    this.#worker.once('exit', (code) => this.#die(new Error(`The thread ended with code ${code}`)))
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /**
   * Does a task of which each step may take `limitMs`.
   * @throws ThreadDied where it takes longer or ends the thread, Fault where the thread says so or cannot start
   */
  async run(task: Task, limitMs: number, signal?: AbortSignal): Promise<Answer> {
    if (this.#death !== undefined) throw this.#death
    const { promise: ended, reject } = Promise.withResolvers<never>()
    this.#failTask = reject
    this.#worker.ref()
    try {
      await Promise.race([this.#ready, ended])
      return await this.#answered(task, ended, limitMs, signal)
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

  async #answered(task: Task, ended: Promise<never>, limitMs: number, signal?: AbortSignal): Promise<Answer> {
    const stopped = this.#stopping(limitMs, signal)
    try {
      const answer = this.#answer(stopped.step)
      this.#worker.postMessage(task)
      return await Promise.race([answer, ended, stopped.promise])
    } finally {
      stopped.clear()
    }
  }

  #answer(step: () => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const hear = (message: ThreadMessage<Answer>) => {
        if ('step' in message) {
          step()
          return
        }
        this.#worker.off('message', hear)
        if ('answer' in message) resolve(message.answer)
        else if ('fault' in message) reject(new Fault(message.fault.code, message.fault.message, message.fault.remedy))
      }
      this.#worker.on('message', hear)
    })
  }

  /** A thread that computes can only be stopped by ending it. */
  #stopping(limitMs: number, signal?: AbortSignal) {
    const { promise, reject } = Promise.withResolvers<never>()
    this.#stepsDone = 0
    const stop = (reason: unknown) => {
      reject(reason)
      void this.stop()
    }
    const abort = () => stop(signal?.reason)
    const late = () => stop(new ThreadDied(`It took longer than ${limitMs} ms`, { stepsDone: this.#stepsDone }))
    const timer = setTimeout(late, limitMs)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    const step = () => {
      this.#stepsDone = (this.#stepsDone ?? 0) + 1
      timer.refresh()
    }
    const clear = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    return { promise, step, clear }
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
    return new Fault('internal', message, 'Install again', { cause })
  }
}
