import type { Log } from '../log.ts'
import { SECOND } from '../units.ts'

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** Whoever started this process, such as npm or a shell, may pass on a signal that the terminal has sent already. */
const PASSED_ON_MS = SECOND / 2

/** Why a serving process ends, and its exit code. */
export interface Stop {
  readonly reason: NodeJS.Signals | 'uncaught'
  readonly code: 0 | 1
}

/**
 * Settles at the first signal to stop, or at an uncaught error, after which no state is reliable. A second signal ends
 * the process at once, unless it is the first one passed on. An unhandled rejection is logged and ends nothing.
 */
export function untilStopped(log: Pick<Log, 'error'>): Promise<Stop> {
  return new Promise((resolve) => {
    let stoppingSince: number | undefined
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (stoppingSince !== undefined && performance.now() - stoppingSince > PASSED_ON_MS) process.exit(1)
        stoppingSince ??= performance.now()
        resolve({ reason: signal, code: 0 })
      })
    }
    process.on('uncaughtException', (error) => {
      log.error({ error }, 'this error was not caught, so the process exits')
      resolve({ reason: 'uncaught', code: 1 })
    })
    process.on('unhandledRejection', (error) => log.error({ error }, 'a promise was rejected, and nothing handled it'))
  })
}
