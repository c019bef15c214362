import { constants } from 'node:os'
import type { Log } from '../log.ts'
import { SECOND } from '../units.ts'

/** SIGHUP is sent when a terminal is closed. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
type StopSignal = (typeof SIGNALS)[number]

/** Whoever started this process, such as npm or a shell, may pass on a signal that the terminal has sent already. */
const PASSED_ON_MS = SECOND / 2

/** Why a serving process ends, and its exit code. */
export interface Stop {
  readonly reason: StopSignal | 'uncaught'
  readonly code: 0 | 1
}

/** Receives signals as soon as somebody listens. A listener that took its place could miss a signal that waits. */
let heard: ((signal: StopSignal) => void) | undefined

function hear(listener: (signal: StopSignal) => void): void {
  if (heard === undefined) for (const signal of SIGNALS) process.on(signal, () => heard?.(signal))
  heard = listener
}

/**
 * Ends the process at the first signal to stop, until `untilStopped` takes over. Without this, such a signal would count
 * as a failure of a process that serves, and process 1 of a container would ignore it.
 */
export function stopAtOnce(serves: boolean): void {
  if (serves || process.pid === 1) hear((signal) => process.exit(serves ? 0 : 128 + constants.signals[signal]))
}

/**
 * Settles at the first signal to stop, or at an uncaught error, after which no state is reliable. Ctrl-C again ends the
 * process at once, unless it is the first one passed on; other signals change nothing, because closing has a time limit.
 * An unhandled rejection is logged and ends nothing.
 */
export function untilStopped(log: Pick<Log, 'error'>): Promise<Stop> {
  return new Promise((resolve) => {
    let stoppingSince: number | undefined
    hear((signal) => {
      if (signal === 'SIGINT' && stoppingSince !== undefined && performance.now() - stoppingSince > PASSED_ON_MS)
        process.exit(1)
      stoppingSince ??= performance.now()
      resolve({ reason: signal, code: 0 })
    })
    process.on('uncaughtException', (error) => {
      log.error({ error }, 'this error was not caught, so the process exits')
      resolve({ reason: 'uncaught', code: 1 })
    })
    process.on('unhandledRejection', (error) => log.error({ error }, 'a promise was rejected, and nothing handled it'))
  })
}
