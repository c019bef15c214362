import { AsyncLocalStorage } from 'node:async_hooks'
import { Fault } from './errors.ts'
import { SECOND } from './units.ts'

/** Time limit of a call in any state of the database. The rest of five seconds is for sending the answer. */
export const CALL_DEADLINE_MS = 4.5 * SECOND

const wanted = new AsyncLocalStorage<AbortSignal | undefined>()

/** Returns a signal that aborts when nobody wants the current work any more, or undefined if nothing ends it. */
export function untilUnwanted(): AbortSignal | undefined {
  return wanted.getStore()
}

/** Runs `work`. When the signal aborts, its SQL statements are cancelled and rolled back. */
export function whileWanted<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
  return wanted.run(signal, work)
}

/**
 * Returns the result of `work`, unless time runs out or the caller disconnects first.
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

/** Returns the result of `work`, unless the signal aborts first. Then throws its reason, and ignores the result. */
export async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort))
}
