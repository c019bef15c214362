import { AsyncLocalStorage } from 'node:async_hooks'
import { Fault } from './errors.ts'
import { SECOND } from './units.ts'

/** How long a call may take in any state of the database; what is left of five seconds brings the answer to the client. */
export const CALL_DEADLINE_MS = 4.5 * SECOND

const wanted = new AsyncLocalStorage<AbortSignal | undefined>()

/** Aborts when what is being done here is wanted no more; undefined where nothing ends it. */
export function untilUnwanted(): AbortSignal | undefined {
  return wanted.getStore()
}

/** Statements that `work` sends are given up once the signal aborts, and undone; without a signal, nothing ends them. */
export function whileWanted<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
  return wanted.run(signal, work)
}

/**
 * What `work` gives, unless time is up or the caller has gone before.
 * @throws Fault `deadline_exceeded`, `cancelled`
 */
export async function inTime<Result>(
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
  caller?: AbortSignal,
): Promise<Result> {
  const deadline = new AbortController()
  const signal = caller === undefined ? deadline.signal : AbortSignal.any([caller, deadline.signal])
  const timer = setTimeout(() => deadline.abort(lateFault(deadlineMs)), deadlineMs)
  try {
    return await unlessAborted(
      whileWanted(signal, () => work(signal)),
      signal,
    )
  } catch (error) {
    if (!caller?.aborted) throw error
    throw new Fault('cancelled', 'The caller disconnected before the answer was ready', 'Send the call again', {
      cause: error,
    })
  } finally {
    clearTimeout(timer)
  }
}

function lateFault(deadlineMs: number): Fault {
  return new Fault(
    'deadline_exceeded',
    `No answer within ${deadlineMs / SECOND} s`,
    'Narrow the call with repository, path or language, or try again',
  )
}

/** What `work` gives, unless the signal aborts before: then its reason is thrown, and `work` goes on unheard. */
export async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort))
}
