import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Fault, type FaultCode } from '../errors.ts'

/** A thread ended, or was ended, before it finished its task. */
export class ThreadDied extends Error {
  /** Number of completed steps if the next one took too long or threw an error. Undefined if memory ran out. */
  readonly stepsDone: number | undefined
  /**
   * Whether the thread was ended before it had used its processor time, or could not even report it, because other
   * threads had the processor.
   */
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

/** Time limit of a task, or of each of its steps. */
export interface TimeLimit {
  /** Processor time. */
  readonly limitMs: number
  /** Wall-clock time, in which other threads may have the processor. Default `limitMs`. */
  readonly clockMs?: number | undefined
}

/**
 * Messages of a thread's script: it has started, begins a task, has done a step, returns the result, or cannot do such
 * tasks at all.
 */
export type ThreadMessage<Answer> =
  | { readonly ready: true }
  | ({ readonly begun: true } & Used)
  | ({ readonly step: true } & Used)
  | { readonly answer: Answer }
  | { readonly fault: ThreadFault }

/** Processor time that the thread has used so far, in milliseconds. */
interface Used {
  readonly usedMs: number
}

/** A `Fault` in transfer between threads. */
interface ThreadFault {
  readonly code: FaultCode
  readonly message: string
  readonly remedy: string
}

export interface ThreadOptions {
  readonly script: URL
  /** What the thread does, for messages: `analyses files`. */
  readonly purpose: string
  /** Limit of its heap. */
  readonly heapMb: number
  /** Limit of its memory for young objects. Default 32. V8 takes two thirds of it, and keeps them. */
  readonly youngHeapMb?: number
}

const YOUNG_HEAP_MB = 32
const MICROSECONDS_A_MS = 1000
/** How long a thread may take to report its processor time. */
const LEAST_PATIENCE_MS = 50

/** A thread that does one task at a time. */
export class Thread<Task, Answer> {
  readonly #worker: Worker
  readonly #purpose: string
  readonly #ready: Promise<void>
  #death: Error | undefined
  // A callback instead of a promise: whatever raced with a promise would be kept as long as the thread lives.
  #failTask: (death: Error) => void = () => {}
  /** Steps of the current task. Undefined without one. */
  #stepsDone: number | undefined
  #isReady = false
  #isDead = false

  constructor({ script, purpose, heapMb, youngHeapMb = YOUNG_HEAP_MB }: ThreadOptions) {
    const resourceLimits = { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngHeapMb }
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
    // An `error` event may overtake messages that were sent before it; `exit` does not.
    this.#worker.once('exit', (code) => this.#die(failure ?? new Error(`The thread ended with code ${code}`)))
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /**
   * Does a task under a time limit for each step.
   * @throws ThreadDied if it exceeds the limit or ends the thread, Fault if the thread reports one or cannot start
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

  /** A computing thread can only be stopped by ending it. */
  #stopping({ limitMs, clockMs = limitMs }: TimeLimit, signal?: AbortSignal) {
    const { promise, reject } = Promise.withResolvers<never>()
    this.#stepsDone = 0
    // What the thread had used before the step. Unknown until it reports that it has begun.
    let begin: { readonly atMs: number; readonly usedMs: number | undefined } = { atMs: 0, usedMs: undefined }
    let timer: NodeJS.Timeout
    const stop = (reason: unknown) => {
      reject(reason)
      void this.stop()
    }
    const abort = () => stop(signal?.reason)
    const look = async () => {
      const ofStep = begin
      const tookMs = performance.now() - ofStep.atMs
      const nowUsedMs = await this.#usedMs(clockMs - tookMs)
      if (ofStep !== begin) return
      const usedMs = ofStep.usedMs === undefined ? 0 : nowUsedMs - ofStep.usedMs
      const leftMs = Math.min(limitMs - usedMs, clockMs - tookMs)
      if (leftMs > 0) timer = setTimeout(() => void look(), leftMs)
      else {
        const wasHeldUp = usedMs < limitMs / 2 || usedMs === Number.POSITIVE_INFINITY
        stop(this.#lateDeath(usedMs < limitMs ? { clockMs } : { limitMs }, wasHeldUp))
      }
    }
    const begun = (usedMs?: number) => {
      clearTimeout(timer)
      begin = { atMs: performance.now(), usedMs }
      timer = setTimeout(() => void look(), limitMs)
    }
    begun()
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    const step = (usedMs: number) => {
      this.#stepsDone = (this.#stepsDone ?? 0) + 1
      begun(usedMs)
    }
    const clear = () => {
      begin = { atMs: 0, usedMs: undefined }
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    return { promise, begun, step, clear }
  }

  /** Returns the thread's processor time so far, or infinity if it does not report it, as during long native calls. */
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
    // Any step may have taken the memory.
    const isOfStep = this.#isReady && (cause as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY'
    if (isOfStep) return new ThreadDied(cause.message, { cause, stepsDone: this.#stepsDone })
    if (this.#isReady) return new ThreadDied(cause.message, { cause })
    const message = `The thread that ${this.#purpose} cannot start: ${cause.message}`
    return new Fault('internal', message, 'Install the service again', { cause })
  }
}
